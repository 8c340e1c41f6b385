/** What the playground draws, computed by the adapter: curves over a logit, and a real detector's share of the loss. */
import type { Backend } from '@focal-loss/conformance';
import { type Loss, sigmoidCrossEntropy } from '@focal-loss/core';
import type { Settings } from './controls.ts';
import type { Detector } from './detector.ts';
import { first, losses } from './family.ts';

/** Where the curves are computed, and the rows of the table. */
export const axis = Array.from({ length: 121 }, (_, i) => -6 + i / 10);
export const rows = [-100, -5, -2, 0, 2, 5, 100];

/** Loss and gradient at some logits. */
export interface Values {
  readonly value: readonly number[];
  readonly grad: readonly number[];
}

/** Everything the adapter said about one setting. */
export interface Result {
  readonly settings: Settings;
  readonly backend: string;
  readonly curve: Values;
  readonly reference: Values;
  readonly table: Values;
  readonly tableReference: Values;
  readonly shares: Shares;
}

/** Cumulative shares of the loss, and what the easy negatives and the positives take. */
export interface Shares {
  readonly negatives: readonly (readonly [number, number])[];
  readonly positives: readonly (readonly [number, number])[];
  readonly easy: number;
  readonly positive: number;
}

/** The loss that a setting speaks of, one loss a logit. */
export function lossOf({ loss, params, alpha }: Settings, ignoreIndex?: number): Loss {
  const factory = losses.find(({ name }) => name === loss) ?? first;
  // A parameter may be called alpha, too: the option is there only if it is set.
  return factory.make({ ...params, ...(alpha !== undefined && { alpha }), ignoreIndex, reduction: 'none' });
}

/** Asks the adapter for everything that is shown. */
export async function compute(backend: Backend, settings: Settings, detector: Detector): Promise<Result> {
  const at = [...axis, ...rows];
  const ask = async (loss: Loss, logits: ArrayLike<number>, targets: ArrayLike<number>): Promise<Values> => {
    const array = backend.dtype === 'float64' ? Float64Array : Float32Array;
    const { value, grad } = await backend.evaluate({
      loss,
      logits: array.from(logits),
      targets: array.from(targets),
      shape: [logits.length],
      wants: ['value', 'grad'],
      grad: true,
    });
    return { value: Array.from(value as ArrayLike<number>), grad: Array.from(grad ?? []) };
  };
  const loss = lossOf(settings);
  const targets = at.map(() => settings.target);
  const own = await ask(loss, at, targets);
  const reference = await ask(sigmoidCrossEntropy({ reduction: 'none' }), at, targets);
  const anchors = await ask(lossOf(settings, detector.ignoreIndex), detector.logits, detector.targets);
  const cut = ({ value, grad }: Values, from: number, to?: number): Values => ({
    value: value.slice(from, to),
    grad: grad.slice(from, to),
  });
  return {
    settings,
    backend: backend.name,
    curve: cut(own, 0, axis.length),
    reference: cut(reference, 0, axis.length),
    table: cut(own, axis.length),
    tableReference: cut(reference, axis.length),
    shares: sharesOf(anchors.value, detector),
  };
}

/** A negative the detector is already sure of: σ(x) < 0.1. */
const easyLogit = Math.log(0.1 / 0.9);

function sharesOf(values: readonly number[], { logits, targets }: Detector): Shares {
  const where = (test: (i: number) => boolean) => values.filter((_, i) => test(i));
  const sum = (of: readonly number[]) => of.reduce((total, value) => total + value, 0);
  const total = sum(values) || 1;
  return {
    negatives: cumulative(where((i) => targets[i] === 0)),
    positives: cumulative(where((i) => targets[i] === 1)),
    easy: sum(where((i) => targets[i] === 0 && logits[i] < easyLogit)) / total,
    positive: sum(where((i) => targets[i] === 1)) / total,
  };
}

/** Two hundred points of the running share, smallest first. */
function cumulative(values: readonly number[]): [number, number][] {
  const sorted = [...values].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0) || 1;
  const stride = Math.ceil(sorted.length / 200);
  const points: [number, number][] = [[0, 0]];
  let running = 0;
  sorted.forEach((value, i) => {
    running += value;
    if (i % stride === 0 || i === sorted.length - 1) points.push([(i + 1) / sorted.length, running / total]);
  });
  return points;
}
