/** What tests of the playground's page wait for, and hold it against. */
import * as core from '@focal-loss/core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Result } from '../site/playground/curves.ts';

/** What a race leaves. */
export interface Training {
  readonly backend: string;
  readonly steps: number;
  readonly precisions: readonly [number, number];
  readonly shares: readonly [number[], number[]];
}

/** What the program leaves at the playground's element. */
export const left = async <T>(page: Page, name: string): Promise<T> =>
  (await page.evaluate(`document.querySelector('#playground').${name}`)) as T;

/** Waits for a text. */
export const says = (page: Page, id: string, text: RegExp) =>
  page.waitForFunction(`${text}.test(document.querySelector('#${id}').textContent)`);

/** Waits for the adapter's answer to a state. */
export const computed = (page: Page, test: string) =>
  page.waitForFunction(
    `(({ state, backend }) => ${test})(document.querySelector('#playground').result ?? { state: { params: {} }, backend: '' })`,
  );

/** Waits for a race to come so far. */
export const trained = (page: Page, test: string) =>
  page.waitForFunction(
    `((training) => training !== undefined && (({ backend, steps }) => ${test})(training))(document.querySelector('#playground').training)`,
  );

/** Holds what the page shows against the reference of core, at float32's accuracy. */
export async function holds(page: Page, make: () => core.Loss): Promise<void> {
  const { table, curve, logits, point, state } = await left<Result>(page, 'result');
  const rows = await left<number[]>(page, 'rows');
  for (const [at, got] of [
    [rows, table],
    [logits, curve],
    [[state.point], point],
  ] as const) {
    const rounded = at.map(Math.fround);
    const targets = rounded.map(() => Math.fround(state.target));
    const truth = core.reference(make()).valueAndGrad(rounded, targets);
    for (const [i, expected] of [...(truth.value as Float64Array)].entries()) {
      expect(Math.abs(got.value[i] - expected)).toBeLessThanOrEqual(1e-5 * expected + 1.2e-38);
      expect(Math.abs(got.grad[i] - truth.grad[i])).toBeLessThanOrEqual(1e-5 * Math.max(Math.abs(truth.grad[i]), 1e-3));
    }
  }
}
