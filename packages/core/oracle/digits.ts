import { Decimal } from 'decimal.js';

/** Runs a computation with that many digits: decimal.js keeps its working precision in one global place. */
export function withDigits<T>(digits: number, compute: () => T): T {
  const { precision } = Decimal;
  Decimal.set({ precision: digits });
  try {
    return compute();
  } finally {
    Decimal.set({ precision });
  }
}
