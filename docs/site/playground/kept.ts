import type { Formula, Loss } from '@focal-loss/core';

/**
 * Keeps the last few things compiled, so that a loss used again is not compiled again, and gives the others back once
 * nobody is waiting for them.
 */
export function kept<T>(compile: (loss: Loss) => T | Promise<T>, dispose: (compiled: T) => unknown, most = 16) {
  const entries = new Map<string, { compiled: Promise<T>; users: number }>();
  const formulas = new Map<Formula, number>();

  /** Losses made alike are alike. Formulas are told apart by identity. */
  function keyOf(loss: Loss): string {
    const known = formulas.get(loss.formula) ?? formulas.size;
    formulas.set(loss.formula, known);
    // Spread, for a loss of one's own is no data; what is left of it without its formula is.
    return `${known} ${JSON.stringify({ ...loss })}`;
  }

  function evict(): void {
    for (const [key, { compiled, users }] of entries) {
      if (entries.size <= most) return;
      if (users > 0) continue;
      entries.delete(key);
      compiled.then(dispose, () => {});
    }
  }

  return {
    /** How many are held. */
    size: () => entries.size,
    /** Compiles `loss`, or finds it, and uses it. */
    async with<R>(loss: Loss, use: (compiled: T) => R | Promise<R>): Promise<R> {
      const key = keyOf(loss);
      const entry = entries.get(key) ?? { compiled: Promise.resolve(compile(loss)), users: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.users++;
      try {
        return await use(await entry.compiled);
      } finally {
        entry.users--;
        evict();
      }
    },
  };
}
