/**
 * The race with everything on the GPU: points, models, losses, slopes and steps. A step is recorded with the `encode` of
 * `@focal-loss/webgpu`, and nothing of it is read back. What is drawn is copied out beside it, and no step waits for that.
 */
import { compile, type WebGpuLoss } from '@focal-loss/webgpu';
import { size } from './perceptron.ts';
import { type Look, type Losses, patience, type Race } from './race.ts';
import type { Start } from './setup.ts';
import { backward, descend, forward } from './wgsl.ts';

const pipelines = new WeakMap<GPUDevice, Promise<readonly GPUComputePipeline[]>>();

/** The three programs of the model, made once a device. */
function programs(device: GPUDevice): Promise<readonly GPUComputePipeline[]> {
  const made =
    pipelines.get(device) ??
    Promise.all(
      [forward, backward, descend].map((code) =>
        device.createComputePipelineAsync({
          layout: 'auto',
          compute: { module: device.createShaderModule({ code }) },
        }),
      ),
    );
  pipelines.set(device, made);
  return made;
}

/** A race on a device. */
export async function raceOnGpu(device: GPUDevice, losses: Losses, { points, weights }: Start): Promise<Race> {
  const n = points.labels.length;
  const made = await programs(device);
  const runs = await Promise.all(
    losses.map((loss) => compile(loss, { device, prepare: [{ grad: true, shape: [n] }] })),
  );
  const buffers: GPUBuffer[] = [];
  const buffer = (content: Float32Array | number): GPUBuffer => {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const length = typeof content === 'number' ? content : content.length;
    const one = device.createBuffer({ size: 4 * length, usage: STORAGE | COPY_SRC | COPY_DST });
    if (typeof content !== 'number') device.queue.writeBuffer(one, 0, new Float32Array(content));
    buffers.push(one);
    return one;
  };
  const [at, targets] = [buffer(points.at), buffer(points.labels)];
  const racers = runs.map((run) => racer(run));

  function racer(run: WebGpuLoss) {
    const [own, logits, slopes, gradient, moments] = [weights, n, n, size, 2 * size + 1].map(buffer);
    const group = (pipeline: GPUComputePipeline, ...bound: GPUBuffer[]) =>
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: bound.map((one, binding) => ({ binding, resource: { buffer: one } })),
      });
    return {
      loss: run.bind({ logits, targets, grad: slopes }),
      groups: [
        group(made[0], at, own, logits),
        group(made[1], at, own, slopes, gradient),
        group(made[2], gradient, moments, own),
      ],
      drawn: [own, logits, slopes],
    };
  }

  const lengths = [size, n, n];
  const back = device.createBuffer({
    size: 4 * 2 * (size + 2 * n),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  buffers.push(back);

  // How many steps a frame has time for, as the last one went: a GPU that is none takes its time.
  let fitting = 1;

  return {
    async step(most) {
      const steps = Math.min(most, fitting);
      const started = performance.now();
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      const dispatch = (which: number, group: GPUBindGroup, workgroups: number) => {
        pass.setPipeline(made[which]);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(workgroups);
      };
      for (let taken = 0; taken < steps; taken++) {
        for (const { loss, groups } of racers) {
          dispatch(0, groups[0], Math.ceil(n / 64));
          loss.encode(pass);
          dispatch(1, groups[1], size);
          dispatch(2, groups[2], 1);
        }
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
      // Not for a number: a page that only submits would run ahead of its GPU.
      await device.queue.onSubmittedWorkDone();
      fitting = Math.max(1, Math.floor((patience * steps) / (performance.now() - started)));
      return steps;
    },
    async look() {
      const encoder = device.createCommandEncoder();
      let offset = 0;
      for (const { drawn } of racers) {
        drawn.forEach((one, i) => {
          encoder.copyBufferToBuffer(one, 0, back, offset, 4 * lengths[i]);
          offset += 4 * lengths[i];
        });
      }
      device.queue.submit([encoder.finish()]);
      await back.mapAsync(GPUMapMode.READ);
      const all = new Float32Array(back.getMappedRange().slice(0));
      back.unmap();
      const half = all.length / 2;
      const lookAt = (from: number): Look => ({
        weights: all.subarray(from, from + size),
        logits: all.subarray(from + size, from + size + n),
        slopes: all.subarray(from + size + n, from + half),
      });
      return [lookAt(0), lookAt(half)];
    },
    dispose() {
      for (const run of runs) run.dispose();
      for (const one of buffers) one.destroy();
    },
  };
}
