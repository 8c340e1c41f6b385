import { FocalLossError } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { loadVectors } from '../src/index.ts';
import { lossOf } from '../src/lossOf.ts';

const cases = (await loadVectors()).flatMap(({ cases }) => cases).filter(({ clause }) => clause === 'bad-options');

describe('options that no loss takes', () => {
  it('are in the vectors', () => {
    expect(cases.length).toBeGreaterThan(20);
  });

  it.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    let error: unknown;
    try {
      lossOf(vector);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FocalLossError);
    const fields = (error as FocalLossError).problems.map(({ field }) => field);
    expect(fields).toContain(vector.expect.error?.field);
  });
});
