/** What ONNX's own evaluator makes of a model, and of the same with its functions inlined: what ONNX Runtime does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factories, type Loss } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { buildModel } from '../src/index.ts';
import { float32, float64, int64, run, waves } from './ready.ts';

/** Reads cases, evaluates each model twice, and prints the worst error relative to the largest number of an output. */
const script = `
import json, sys, numpy, onnx, onnx.inliner
from onnx.reference import ReferenceEvaluator
numpy.seterr(all="ignore")
worst = {}
for case in json.load(open(sys.argv[1])):
    dtype = numpy.dtype(case["dtype"])
    feeds = {
        "logits": numpy.array(case["logits"], dtype).reshape(case["shape"]),
        "targets": numpy.array(case["targets"], numpy.int64 if case["isIndex"] else dtype),
    }
    model = onnx.load(case["file"])
    for each in (model, onnx.inliner.inline_local_functions(model)):
        for name, got in zip(case["out"], ReferenceEvaluator(each).run(list(case["out"]), feeds)):
            truth, got = numpy.array(case["out"][name], float).ravel(), numpy.asarray(got, float).ravel()
            error = numpy.abs(got - truth).max() / numpy.abs(truth).max()
            worst[case["dtype"]] = max(worst.get(case["dtype"], 0), error if error == error else 1)
print(json.dumps(worst))
`;

const [ROWS, CLASSES] = [5, 4];

it('agrees with ONNX Runtime, whether functions are inlined or not', async (context) => {
  const version = spawnSync('python3', ['-c', 'import onnx, numpy; print(onnx.__version__)'], { encoding: 'utf8' });
  if (version.status !== 0) return context.skip('not run: there is no python3 with onnx here');
  const folder = mkdtempSync(join(tmpdir(), 'focal-evaluator-'));
  try {
    const cases: object[] = [];
    for (const [i, make] of Object.values(factories).entries()) {
      for (const [dtype, float] of [
        ['float32', float32],
        ['float64', float64],
      ] as const) {
        const loss = make({ reduction: 'mean' }) as Loss;
        const isIndex = loss.targets === 'class';
        const shape = loss.link === 'softmax' ? [ROWS, CLASSES] : [ROWS * CLASSES];
        const logits = waves(ROWS * CLASSES);
        const targets = Array.from({ length: shape[0] }, (_, k) => (loss.link === 'softmax' ? k % 3 : +(k % 3 === 0)));
        // The opsets take turns.
        const model = buildModel(loss, { grad: true, dtype, opset: [13, 17, 21][i % 3] });
        const file = join(folder, `${cases.length}.onnx`);
        writeFileSync(file, model);
        const feeds = { logits: float(logits, shape), targets: (isIndex ? int64 : float)(targets) };
        const { value, grad } = await run(model, feeds);
        cases.push({ dtype, file, logits, targets, shape, isIndex, out: { value, grad } });
      }
    }
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
    const said = execFileSync('python3', ['-c', script, join(folder, 'cases.json')], { encoding: 'utf8' });
    const worst = JSON.parse(said) as Record<'float32' | 'float64', number>;
    console.log(`ONNX ${version.stdout.trim()}: float32 within ${worst.float32}, float64 within ${worst.float64}`);
    expect(worst.float32).toBeLessThan(1e-6);
    expect(worst.float64).toBeLessThan(1e-14);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
