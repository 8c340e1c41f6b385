import { checkTold, factories, type Loss, lossFrom, posterior } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { type DrawnCall, draws, type Factory } from './draws.ts';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/numbers.ts', import.meta.url));

const isTold = (loss: Loss): boolean => {
  try {
    checkTold(loss);
    return true;
  } catch {
    return false;
  }
};

/** Calls whose losses have a posterior. */
const toldCalls = (factory: Factory): DrawnCall[] =>
  [...draws(factory, 3, 23, { shapes: true })]
    .map(({ call }) => call)
    .filter(({ loss }) => isTold(lossFrom(loss)))
    .slice(0, 1);

/** Two ulp of numbers just below 1. */
const NEAR_1 = 2 ** -23;

/** How far numbers are from a probability, relative to it and to what it lacks of 1. */
function errorOf(got: number, eta: number): number {
  // What is no normal number may be 0.
  if (eta < 2 ** -125) return got > 2 ** -125 ? Number.POSITIVE_INFINITY : 0 * got;
  const off = Math.abs(got - eta);
  return Math.max(off / eta, Math.max(off - NEAR_1, 0) / Math.max(1 - eta, NEAR_1));
}

describe('posteriors of drawn losses', () => {
  const factoriesTold = (Object.keys(factories) as Factory[]).filter((name) => toldCalls(name).length > 0);

  it.each(factoriesTold)(
    '%s: within 4e-5 of η and 1 − η',
    async (factory) => {
      const calls = toldCalls(factory);
      const answers = await gpu.call<[Float32Array, Float32Array | undefined][]>('posteriors', calls);
      let [most, text] = [0, ''];
      calls.forEach(({ loss, logits, options: { shape, axis } }, i) => {
        const eta = posterior(lossFrom(loss));
        const [truth, logs] = [eta(logits, { shape, axis }), eta(logits, { shape, axis, logit: true })];
        const [got, gotLogs] = answers[i];
        expect(got.length).toBe(truth.length);
        truth.forEach((probability, k) => {
          // Further out a slope may be no number.
          const gotLog = gotLogs?.[k] ?? logs[k];
          const ofLog = Math.abs(logs[k]) < 80 ? Math.abs(gotLog - logs[k]) : 0 * gotLog;
          const error = Math.max(errorOf(got[k], probability), ofLog);
          if (!(error <= most))
            [most, text] = [
              error,
              `${logits[k]}: ${got[k]}, ${probability}; ${gotLog}, ${logs[k]} of ${JSON.stringify(loss)}`,
            ];
        });
      });
      console.log(`${factory}: worst error ${most.toExponential(1)}`);
      expect(most, text).toBeLessThanOrEqual(4e-5);
    },
    300_000,
  );

  it('are NaN for NaN alone', async () => {
    const { half, sigmoid, softmax, refusal } = await gpu.call<Record<string, Float32Array>>('posteriorEnds');
    expect(half).toBe(0);
    expect([...sigmoid]).toEqual([Number.NaN, 1, 0, 1, 0]);
    expect([...softmax.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([...softmax.subarray(3)].some(Number.isNaN)).toBe(false);
    expect(refusal).toMatch(/^FocalLossError: asymmetric: posterior got "asymmetric", takes a loss whose minimum/);
  });
});
