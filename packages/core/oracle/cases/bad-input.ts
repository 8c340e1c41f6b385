import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { elementwise } from './losses.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const sigmoid: LossSpec = { factory: 'sigmoidFocal', options: {} };
const ignoring: LossSpec = { factory: 'sigmoidFocal', options: { ignoreIndex: 255 } };
const softmax: LossSpec = { factory: 'softmaxFocal', options: {} };

/** Refused by naming the entry, or that element is NaN where a backend cannot look: never a number. */
const refused = (loss: LossSpec, what: string, input: Input, field: string, index: number): Case => ({
  id: `${loss.factory}/bad-${field}/${what}`,
  clause: `bad-${field}`,
  loss: elementwise(loss),
  input,
  expect: { error: { field, index } },
});

const labels = (what: string, targets: readonly number[], index: number, loss = sigmoid): Case =>
  refused(loss, what, { logits: targets.map(() => 0.5), targets }, 'targets', index);

const classes = (what: string, targets: readonly number[], index: number): Case => {
  const shape = [targets.length, 3];
  return refused(softmax, what, { logits: targets.flatMap(() => [1, 2, 3]), targets, shape }, 'targets', index);
};

const weights = (what: string, weights: readonly number[], index: number): Case[] => {
  const targets = weights.map(() => 1);
  const rows = { logits: targets.flatMap(() => [0, 2]), shape: [targets.length, 2] };
  return [
    refused(sigmoid, what, { logits: weights.map(() => 2), targets, weights }, 'weights', index),
    refused(softmax, what, { ...rows, targets, weights }, 'weights', index),
  ];
};

export const badInput: VectorFile = {
  title: 'Targets and weights that must not become a number silently',
  cases: () => [
    labels('above-one', [0, 1, 1.5, 0], 2),
    labels('barely-above-one', [1 + 2 ** -10, 0], 0),
    labels('negative', [0, -0.5, 1], 1),
    labels('minus-one', [0, 1, 0, -1], 3),
    labels('nan', [nan, 1], 0),
    labels('infinite', [1, infinity], 1),
    labels('not-the-ignored-one', [255, 0, 254], 2, ignoring),
    labels('class-index', [1, 0, 2], 2, { factory: 'qualityFocal', options: {} }),
    classes('too-large', [0, 1, 3], 2),
    classes('negative', [-1, 1], 0),
    classes('fractional', [2, 0.5, 1], 1),
    classes('nan', [0, nan], 1),
    ...weights('negative', [1, -1, 0], 1),
    ...weights('nan', [1, 0, nan], 2),
  ],
};
