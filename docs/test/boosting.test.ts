import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { docs, root } from '../site/packages.ts';

// Another one than that of the path, as in a virtual environment: PYTHON=path/to/python3.
const python = process.env.PYTHON ?? 'python3';

it('LightGBM trains with the focal loss of an ONNX file', (context) => {
  if (spawnSync(python, ['-c', 'import lightgbm, numpy, onnxruntime']).status !== 0) {
    context.skip('not run: no python3 with lightgbm and onnxruntime here');
  }
  const folder = mkdtempSync(join(tmpdir(), 'focal-boosting-'));
  try {
    const file = join(folder, 'focal.onnx');
    const command = join(root, 'packages/onnxruntime/bin/focal-onnx.js');
    const options = ['--reduction', 'none', '--grad', '--hess', '--dtype', 'float64'];
    execFileSync(process.execPath, [command, '--loss', 'sigmoidFocal', '--gamma', '2', ...options, '-o', file]);
    const printed = execFileSync(python, [join(docs, 'examples/boosting/train.py'), file], { encoding: 'utf8' });
    const [, precision] = /average precision ([\d.]+)/.exec(printed) ?? [];
    expect(Number(precision)).toBeGreaterThan(0.4);
    expect(printed).toContain('all derivatives finite: True, least Hessian > 0: True');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
