import { Decimal } from 'decimal.js';
import { afterEach, describe, expect, it } from 'vitest';
import { exp, ln, pow } from '../oracle/transcendental.ts';

/** Numbers of every size that an oracle meets, and what is next to 0 and 1. */
function drawn(count: number): Decimal[] {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const x = new Decimal((next() - 0.5).toPrecision(17)).times(Decimal.pow(10, Math.floor(next() * 7) - 3));
    return i % 4 === 0 ? x.times(Decimal.pow(10, -Math.floor(next() * 60))) : x;
  });
}

describe('the functions of the oracle, against those of decimal.js', () => {
  afterEach(() => {
    Decimal.set({ precision: 70 });
  });

  it.each([40, 70, 163, 410])('at %i digits to the last', (precision) => {
    Decimal.set({ precision });
    for (const x of drawn(precision > 200 ? 20 : 100)) {
      const power = x.exp();
      expect(exp(x).toString(), `exp(${x})`).toBe(power.toString());
      for (const y of [power, x.abs().plus(1), new Decimal(1).minus(x.abs().times('1e-12')), x.abs()]) {
        if (y.gt(0)) expect(ln(y).toString(), `log(${y})`).toBe(y.ln().toString());
      }
      const base = new Decimal(1).div(power.plus(1));
      expect(pow(base, new Decimal('2.7')).toString(), `${base}^2.7`).toBe(base.pow('2.7').toString());
    }
  });

  it('at the ends: infinities, 0, 1, numbers beyond all doubles', () => {
    for (const x of ['0', '-0', 'Infinity', '-Infinity', 'NaN', '1e9', '-1e9', '1e-400'].map(
      (text) => new Decimal(text),
    )) {
      expect(exp(x).toString(), `exp(${x})`).toBe(x.exp().toString());
      expect(ln(x).toString(), `log(${x})`).toBe(x.ln().toString());
      expect(pow(x, new Decimal(0.5)).toString(), `√${x}`).toBe(x.pow(0.5).toString());
    }
  });
});
