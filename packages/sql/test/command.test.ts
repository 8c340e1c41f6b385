import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { main } from '../src/cli.ts';
import { expression, query } from '../src/index.ts';

let out: MockInstance<typeof console.log>;
let error: MockInstance<typeof console.error>;
beforeEach(() => {
  out = vi.spyOn(console, 'log').mockImplementation(() => {});
  error = vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

const printed = (line: string): string => {
  main(line.split(' '));
  return String(out.mock.lastCall?.[0]);
};
const refused = (line: string): string => {
  main(line.split(' '));
  expect(process.exitCode).toBe(2);
  return String(error.mock.lastCall?.[0]);
};

it('prints the expression of a loss, its options under the names of its factory', () => {
  const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.3, labelSmoothing: 0.1 });
  expect(
    printed('--loss sigmoidFocal --gamma 1.5 --alpha=0.3 --label-smoothing 0.1 --dialect trino --logits x --targets y'),
  ).toBe(expression(loss, { logits: 'x', targets: 'y', dialect: 'trino' }));
});

it('with --from prints the query; a negative number is a value', () => {
  const loss = softmaxFocal({ ignoreIndex: -100 });
  expect(
    printed('--loss softmaxFocal --ignore-index -100 --dialect duckdb --from t --logits s --targets y --normalizer 7'),
  ).toBe(query(loss, { from: 't', logits: 's', targets: 'y', dialect: 'duckdb', normalizer: 7 }));
});

it('without arguments says what there is', () => {
  main([]);
  expect(out.mock.lastCall?.[0]).toContain('sigmoidFocal, ');
});

it.each([
  ['--loss sigmoidFocl --dialect duckdb --logits x --targets y', 'sigmoidFocl'],
  ['--loss sigmoidFocal --gama 2 --dialect duckdb --logits x --targets y', 'gama'],
  ['--loss sigmoidFocal --dialect oracle --logits x --targets y', 'oracle'],
  ['--loss sigmoidFocal --dialect duckdb --targets y', 'logits'],
  ['sigmoidFocal', 'sigmoidFocal'],
])('says in one line what is wrong: %s', (line, word) => {
  const text = refused(line);
  expect(text).toContain(word);
  expect(text).not.toContain('\n');
});
