import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { qualityFocal, sigmoidFocal, sigmoidFocalStar, softmaxFocal } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { appendLoss, buildModel } from '../src/index.ts';
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
    for (const opset of [13, 17, 21, 23]) {
      for (const loss of [
        sigmoidFocal({ alpha: 0.1, gamma: 0.1 }),
        sigmoidFocalStar(),
        qualityFocal(),
        softmaxFocal({ alpha: [1, 2] }),
      ]) {
        for (const dtype of ['float16', 'float32', 'float64'] as const) {
          write(buildModel(loss, { opset, dtype, grad: true, weights: true }));
        }
      }
      write(appendLoss(affineModel({ opset }), sigmoidFocal(), { logits: 'scores', grad: true }));
    }
    expect(execFileSync('python3', ['-c', script, ...files], { encoding: 'utf8' })).toBe('checked\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
