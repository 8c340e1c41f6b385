import { type Decimal, zero } from './decimal.ts';

/** The loss of one target and its derivatives by the logits, with the scales that errors are relative to. */
export interface Entry {
  readonly value: Decimal;
  readonly grad: readonly Decimal[];
  readonly valueScale: Decimal;
  readonly gradScale: readonly Decimal[];
}

/** A truth is its own scale unless it is a difference. */
export const entry = (value: Decimal, grad: readonly Decimal[], valueScale = value, gradScale = grad): Entry => ({
  value,
  grad,
  valueScale: valueScale.abs(),
  gradScale: gradScale.map((scale) => scale.abs()),
});

export const scaled = ({ value, grad, valueScale, gradScale }: Entry, factor: Decimal): Entry => ({
  value: value.times(factor),
  grad: grad.map((slope) => slope.times(factor)),
  valueScale: valueScale.times(factor),
  gradScale: gradScale.map((scale) => scale.times(factor)),
});

/** What an ignored target contributes. */
export const nothing = (width: number): Entry => entry(zero, Array<Decimal>(width).fill(zero));
