import { describe, expect, it } from 'vitest';
import { conformanceReport } from '../src/index.ts';
import { rounded } from './honest.ts';

describe('what is drawn are numbers of the format', () => {
  // The truth was that of another logit: 0.75 times a float32 number is none, and e^(−3x) at 17 made 2.7e-6 of it.
  it('a logit that a sequence moves is rounded, which seed 19 took for a fault of a backend that is right', async () => {
    const { failures } = await conformanceReport(rounded('float32'), { case: 'random.sequences/both', seed: 19 });
    expect(failures).toEqual([]);
  });
});
