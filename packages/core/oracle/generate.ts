import type { VectorFile } from './case.ts';
import { alpha } from './cases/alpha.ts';
import { badInput } from './cases/bad-input.ts';
import { badOptions } from './cases/bad-options.ts';
import { calls } from './cases/calls.ts';
import { nonfinite } from './cases/nonfinite.ts';
import { operations } from './cases/operations.ts';
import { parts } from './cases/parts.ts';
import { published } from './cases/published.ts';
import { reductions } from './cases/reductions.ts';
import { sigmoidHard } from './cases/sigmoid-hard.ts';
import { sigmoidSoft } from './cases/sigmoid-soft.ts';
import { softmax } from './cases/softmax.ts';
import { format } from './json.ts';

const files: Readonly<Record<string, VectorFile>> = {
  operations,
  'sigmoid-hard': sigmoidHard,
  'sigmoid-soft': sigmoidSoft,
  softmax,
  alpha,
  reductions,
  calls,
  nonfinite,
  parts,
  'bad-input': badInput,
  'bad-options': badOptions,
  published,
};

/** The names of the vector files. */
export const names = Object.keys(files).map((name) => `${name}.json`);

/** Every vector file: its name and its text. */
export function* generate(): Generator<[name: string, text: string]> {
  for (const [name, { title, cases }] of Object.entries(files)) {
    yield [`${name}.json`, format({ $schema: './schema.json', title, cases: cases() })];
  }
}
