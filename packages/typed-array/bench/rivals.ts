import { type Loss, pointwise } from '@focal-loss/core';

/** What a careful person writes by hand for γ = 2: loss, gradient and sum in one loop, exact in both tails. */
export function handFused(x: Float32Array, y: Float32Array, grad: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    const yi = y[i];
    const e = Math.exp(-Math.abs(xi));
    const log1pE = Math.log1p(e);
    const big = 1 / (1 + e);
    const p = xi < 0 ? e * big : big;
    const q = xi < 0 ? big : e * big;
    const ce = yi * (Math.max(-xi, 0) + log1pE) + (1 - yi) * (Math.max(xi, 0) + log1pE);
    const miss = yi * q + (1 - yi) * p;
    sum += miss * miss * ce;
    grad[i] = miss * (2 * (1 - 2 * yi) * p * q * ce + miss * (p - yi));
  }
  return sum;
}

/** The same for any γ. */
export function handFusedPow(x: Float32Array, y: Float32Array, grad: Float32Array, gamma: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    const yi = y[i];
    const e = Math.exp(-Math.abs(xi));
    const log1pE = Math.log1p(e);
    const big = 1 / (1 + e);
    const p = xi < 0 ? e * big : big;
    const q = xi < 0 ? big : e * big;
    const ce = yi * (Math.max(-xi, 0) + log1pE) + (1 - yi) * (Math.max(xi, 0) + log1pE);
    const miss = yi * q + (1 - yi) * p;
    const power = miss ** gamma;
    sum += power * ce;
    grad[i] = power * ((gamma * ((1 - 2 * yi) * p * q) * ce) / Math.max(miss, Number.MIN_VALUE) + (p - yi));
  }
  return sum;
}

/** The formula through the algebra of numbers, one element after the other, as a user's own member runs. */
export function algebra(loss: Loss) {
  const point = pointwise(loss);
  return (x: Float32Array, y: Float32Array, grad: Float32Array): number => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const { value, derivative } = point(x[i], y[i]);
      sum += value;
      grad[i] = derivative;
    }
    return sum;
  };
}
