import { InferenceSession, Tensor } from 'onnxruntime-node';
import { model } from './onnxModel.ts';
import type { Rival } from './rival.ts';

/** ONNX Runtime on the CPU, one thread, with the graph an exporter makes of torchvision's loss. */
export const onnx: Rival = {
  name: 'onnxruntime cpu',
  async prepare(scenario, { logits, targets, rows, classes }) {
    const session = await InferenceSession.create(model(scenario), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const shape = scenario.link === 'sigmoid' ? [rows] : [rows, classes];
    const feeds = {
      x: new Tensor('float32', logits, shape),
      y:
        targets instanceof Float32Array
          ? new Tensor('float32', targets, [rows])
          : new Tensor('int32', targets, [rows, 1]),
    };
    return {
      async run() {
        const { value, grad } = await session.run(feeds);
        return { value: Number(value.data[0]), grad: grad?.data as Float32Array | undefined };
      },
      close: () => session.release(),
    };
  },
};
