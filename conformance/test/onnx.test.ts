import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compare, loadVectors } from '../src/index.ts';
import { writeOnnxTests } from '../src/onnx/folder.ts';
import { load } from './onnxruntime.ts';
import { readTensor } from './readTensor.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { written, left } = await writeOnnxTests(folder);
const tensorOf = (test: string, name: string) => readTensor(readFileSync(join(folder, test, 'test_data_set_0', name)));

describe("vectors in the layout of ONNX's backend tests", () => {
  it('are a folder a case', async () => {
    expect(readdirSync(folder).sort()).toEqual([...written].sort());
    expect(written.length).toBeGreaterThan(150);
    expect(written.length + left).toBe((await loadVectors()).flatMap(({ cases }) => cases).length);
    for (const test of written) {
      expect(existsSync(join(folder, test, 'model.onnx'))).toBe(true);
      const files = readdirSync(join(folder, test, 'test_data_set_0')).sort();
      expect(files).toEqual(['input_0.pb', 'input_1.pb', 'output_0.pb', 'output_1.pb']);
    }
  });

  it('have names that ONNX makes methods of, each its own, and tolerances', () => {
    expect(new Set(written).size).toBe(written.length);
    for (const test of written) {
      expect(test).toMatch(/^test_\w+$/);
      const data = JSON.parse(readFileSync(join(folder, test, 'data.json'), 'utf8'));
      expect(data).toEqual({ model_name: test, rtol: 1e-5, atol: 256 * 2 ** -126 });
    }
  });

  it('hold the inputs and the truth', async () => {
    const id = 'softmaxFocal(gamma=2)/softmax.3';
    const vector = (await loadVectors()).flatMap(({ cases }) => cases).find((vector) => vector.id === id);
    const test = 'test_softmaxFocal_gamma_2_softmax_3';
    const { name, shape, values } = tensorOf(test, 'input_0.pb');
    expect({ name, shape }).toEqual({ name: 'logits', shape: vector?.input?.shape });
    expect(values).toEqual(Float32Array.from(vector?.input?.logits ?? []));
    expect(tensorOf(test, 'input_1.pb').values).toEqual(BigInt64Array.from(vector?.input?.targets ?? [], BigInt));
    expect(tensorOf(test, 'output_1.pb').values).toEqual(Float32Array.from(vector?.expect.grad ?? []));
  });

  it('are right for a runtime not written here, onnxruntime', async (context) => {
    const run = await load('onnxruntime-node');
    if (run === undefined) return context.skip('not run: onnxruntime-node is not installed here');
    const far: string[] = [];
    for (const test of written) {
      const [logits, targets] = [tensorOf(test, 'input_0.pb'), tensorOf(test, 'input_1.pb')];
      const outputs = await run(join(folder, test, 'model.onnx'), { logits, targets });
      for (const [output, file] of [
        ['value', 'output_0.pb'],
        ['grad', 'output_1.pb'],
      ]) {
        const truth = tensorOf(test, file).values as Float32Array;
        expect(outputs[output]).toHaveLength(truth.length);
        const closeness = { dtype: 'float32', allowance: 1e-5 } as const;
        const wrong = Array.from(truth).findIndex((t, i) => !compare(outputs[output][i], t, closeness).close);
        if (wrong >= 0) far.push(`${test} ${output}[${wrong}]: ${truth[wrong]}, got ${outputs[output][wrong]}`);
      }
    }
    expect(far).toEqual([]);
  });
});
