import type { Link } from '@focal-loss/core';

/** What is computed: focal loss, summed, and perhaps its gradient. */
export interface Scenario {
  readonly link: Link;
  readonly gamma: number;
  readonly wantGrad: boolean;
}

/** What it is computed from. */
export interface Batch {
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  readonly logits: Float32Array;
  /** One number a logit at a sigmoid, one class index a row at a softmax. */
  readonly targets: Float32Array | Int32Array;
}

export const CLASSES = 80;

export const title = ({ link, gamma, wantGrad }: Scenario) =>
  [
    link === 'softmax' ? `softmax of ${CLASSES} classes` : link,
    `γ = ${gamma}`,
    wantGrad ? 'value and gradient' : 'value',
  ].join(', ');
