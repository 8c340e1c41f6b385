import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { FocalLossError } from '../src/index.ts';

it('an error of another copy of the package is one, too: instanceof was false where npm had installed two', async () => {
  const url = pathToFileURL(join(import.meta.dirname, '../src/errors.ts')).href;
  const other: typeof import('../src/errors.ts') = await import(/* @vite-ignore */ `${url}?copy`);
  expect(other.FocalLossError).not.toBe(FocalLossError);
  const error = new other.FocalLossError('here', [{ field: 'gamma', got: -1, takes: 'more' }]);
  expect(error).toBeInstanceOf(FocalLossError);
  expect(new Error('other') instanceof FocalLossError).toBe(false);
  class Own extends FocalLossError {}
  expect(error instanceof Own).toBe(false);
  expect(new Own('here', [])).toBeInstanceOf(FocalLossError);
});
