/** Loss and gradient of one logit along an axis, at the rows of the table and at the point that is read out, by the adapter. */
import type { Backend } from '@focal-loss/conformance';
import { type Loss, pointwise, sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { ask, type Values } from './ask.ts';
import { lossOf } from './lossOf.ts';
import { type Axis, reach, type State } from './state.ts';

/** The logits of the table. */
export const rows = [-100, -5, -2, 0, 2, 5, 100];

/** The γs of the paper's Figure 1. */
export const figure1 = [0, 0.5, 1, 2, 5];

/** Everything the adapter said about one setting. */
export interface Result {
  readonly state: State;
  readonly backend: string;
  /** Where the curves were computed: places of the axis, and logits. */
  readonly places: readonly number[];
  readonly logits: readonly number[];
  readonly curve: Values;
  readonly reference: Values;
  readonly table: Values;
  readonly tableReference: Values;
  readonly point: Values;
  readonly pointReference: Values;
}

/** The probability that a logit gives to the label, or where that is soft, to the nearer of the two. */
export const probabilityOfTrue = (logit: number, target: number): number =>
  1 / (1 + Math.exp(target >= 0.5 ? -logit : logit));

/** Where on the axis a logit lies. */
export const placeOf = (logit: number, axis: Axis, target: number): number =>
  axis === 'logit' ? logit : probabilityOfTrue(logit, target);

/** The logit at a place of the axis. */
export function logitOf(place: number, axis: Axis, target: number): number {
  if (axis === 'logit') return place;
  const right = Math.log(place / (1 - place));
  return target >= 0.5 ? right : -right;
}

const many = 121;

/** Places all along an axis. p_t comes near 0 and 1, where its logits are not yet infinite. */
const along = (axis: Axis): number[] =>
  Array.from({ length: many }, (_, i) => (axis === 'logit' ? -reach + (2 * reach * i) / (many - 1) : (i + 0.5) / many));

/** Asks the adapter for everything that is shown. */
export async function compute(backend: Backend, state: State): Promise<Result> {
  const { axis, target, point } = state;
  const places = along(axis);
  const logits = places.map((place) => logitOf(place, axis, target));
  const at = [...logits, ...rows, point];
  const targets = at.map(() => target);
  const own = await ask(backend, lossOf(state), at, targets);
  const reference = await ask(backend, sigmoidCrossEntropy({ reduction: 'none' }), at, targets);
  const cut = ({ value, grad }: Values, from: number, to?: number): Values => ({
    value: value.slice(from, to),
    grad: grad.slice(from, to),
  });
  const [table, last] = [many, many + rows.length];
  return {
    state,
    backend: backend.name,
    places,
    logits,
    curve: cut(own, 0, table),
    reference: cut(reference, 0, table),
    table: cut(own, table, last),
    tableReference: cut(reference, table, last),
    point: cut(own, last),
    pointReference: cut(reference, last),
  };
}

/** Figure 1's curves at the same logits, from the formulas of core: they are a background, whatever adapter is chosen. */
export const ghosts = ({ logits, state: { target } }: Result): Values[] =>
  figure1.map((gamma) => valuesOf(sigmoidFocal({ gamma }), logits, target));

function valuesOf(loss: Loss, logits: readonly number[], target: number): Values {
  const points = logits.map((x) => pointwise(loss)(x, target));
  return { value: points.map(({ value }) => value), grad: points.map(({ derivative }) => derivative) };
}
