/** The operations of formulas, each a loop over registers of float64 numbers. `to` may be one of the others. */
import { affineLow, expNegative, log1pUnit, sigmoidPow } from '../helpers.generated.ts';

/** Numbers that a loop reads or writes. */
export type Register = Float64Array;

/** A loop over `n` entries. */
export type Loop = (n: number, to: Register, ...from: Register[]) => void;

/** By the names of the operations in `readable`. One function each: so compiled code knows what is called within. */
export const loops = {
  add(n: number, to: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = a[i] + b[i];
  },
  sub(n: number, to: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = a[i] - b[i];
  },
  mul(n: number, to: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = a[i] * b[i];
  },
  div(n: number, to: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = a[i] / b[i];
  },
  neg(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = -a[i];
  },
  abs(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.abs(a[i]);
  },
  sign(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.sign(a[i]);
  },
  max(n: number, to: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.max(a[i], b[i]);
  },
  exp(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.exp(a[i]);
  },
  log(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.log(a[i]);
  },
  log1p(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = Math.log1p(a[i]);
  },
  pow(n: number, to: Register, a: Register, p: Register) {
    for (let i = 0; i < n; i++) to[i] = a[i] ** p[i];
  },
  expNegative(n: number, to: Register, a: Register) {
    for (let i = 0; i < n; i++) to[i] = expNegative(a[i]);
  },
  log1pUnit(n: number, to: Register, e: Register) {
    for (let i = 0; i < n; i++) to[i] = log1pUnit(e[i]);
  },
  nonNegative(n: number, to: Register, test: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = test[i] < 0 ? b[i] : a[i];
  },
  positive(n: number, to: Register, test: Register, a: Register, b: Register) {
    for (let i = 0; i < n; i++) to[i] = test[i] > 0 ? a[i] : b[i];
  },
  affineLow(n: number, to: Register, a: Register, x: Register, xLow: Register, b: Register, u: Register) {
    for (let i = 0; i < n; i++) to[i] = affineLow(a[i], x[i], xLow[i], b[i], u[i]);
  },
  sigmoidPow(n: number, to: Register, v: Register, vLow: Register, log1pE: Register, p: Register) {
    for (let i = 0; i < n; i++) to[i] = sigmoidPow(v[i], vLow[i], log1pE[i], p[i]);
  },
  /** 1 for a positive, −1 for a negative. */
  side(n: number, to: Register, y: Register) {
    for (let i = 0; i < n; i++) to[i] = 2 * y[i] - 1;
  },
} as const satisfies Record<string, Loop>;
