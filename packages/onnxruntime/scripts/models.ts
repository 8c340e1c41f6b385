/**
 * Writes the models that the package carries ready-made: each member with its default parameters, float32, with its
 * gradient, reduced to the mean and not reduced.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { factories } from '@focal-loss/core';
import { buildModel } from '../src/index.ts';

const folder = new URL('../dist/models/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, make] of Object.entries(factories)) {
  for (const reduction of ['mean', 'none'] as const) {
    writeFileSync(new URL(`${name}.${reduction}.onnx`, folder), buildModel(make({ reduction }), { grad: true }));
  }
}
