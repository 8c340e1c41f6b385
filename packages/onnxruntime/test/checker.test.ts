import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factories, type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { appendLoss, appendPosterior, buildModel } from '../src/index.ts';
import { affineModel } from './affineModel.ts';

const script =
  'import onnx, sys\nfor file in sys.argv[1:]: onnx.checker.check_model(file, full_check=True)\nprint("checked")';

it('models pass the checker of ONNX', (context) => {
  const version = spawnSync('python3', ['-c', 'import onnx; print(onnx.__version__)'], { encoding: 'utf8' });
  if (version.status !== 0) return context.skip('not run: there is no python3 with onnx here');
  const folder = mkdtempSync(join(tmpdir(), 'focal-checker-'));
  try {
    const files: string[] = [];
    const write = (bytes: Uint8Array) => {
      files.push(join(folder, `${files.length}.onnx`));
      writeFileSync(files[files.length - 1], bytes);
    };
    for (const opset of [11, 12, 13, 17, 21, 23, 26]) {
      for (const dtype of ['float16', 'float32', 'float64'] as const) {
        for (const loss of [
          sigmoidFocal({ alpha: 0.1, gamma: 0.1 }),
          softmaxFocal({ alpha: [1, 2] }),
          softmaxFocal({ labelSmoothing: 0.1, ignoreIndex: -1 }),
          ...Object.values(factories).map((make) => make({ reduction: 'example' })),
        ] as Loss[]) {
          write(buildModel(loss, { opset, dtype, grad: true, hess: true, weights: true }));
          // The value alone is another graph.
          write(buildModel(loss, { opset, dtype }));
        }
        const apart = { opset, dtype, axis: 1, shape: ['n', 3, 'm'] } as const;
        const [sigmoid, softmax] = [sigmoidFocal({ alpha: [0.1, 0.2, 0.3] }), softmaxFocal({ reduction: 'example' })];
        for (const loss of [sigmoid, softmax]) {
          write(buildModel(loss, { ...apart, grad: true, weights: true, weightsShape: [1] }));
          write(buildModel(loss, { ...apart, posterior: true }));
        }
        write(buildModel(softmax, { ...apart, targets: 'rows', grad: true, hess: true }));
      }
      write(appendPosterior(affineModel({ opset }), sigmoidFocal(), { logits: 'scores' }));
      write(appendLoss(affineModel({ opset }), sigmoidFocal(), { logits: 'scores', grad: true }));
    }
    expect(execFileSync('python3', ['-c', script, ...files], { encoding: 'utf8' })).toBe('checked\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
