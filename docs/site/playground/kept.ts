import type { Loss } from '@focal-loss/core';

/**
 * Keeps the last few things compiled, so that a loss used again is not compiled again, and gives the others back once
 * nobody is waiting for them.
 */
export function kept<T>(compile: (loss: Loss) => T | Promise<T>, dispose: (compiled: T) => unknown, most = 16) {
  const entries = new Map<Loss, { compiled: Promise<T>; users: number }>();

  function evict(): void {
    for (const [loss, { compiled, users }] of entries) {
      if (entries.size <= most) return;
      if (users > 0) continue;
      entries.delete(loss);
      compiled.then(dispose, () => {});
    }
  }

  return {
    /** Compiles `loss`, or finds it, and uses it. */
    async with<R>(loss: Loss, use: (compiled: T) => R | Promise<R>): Promise<R> {
      const entry = entries.get(loss) ?? { compiled: Promise.resolve(compile(loss)), users: 0 };
      entries.delete(loss);
      entries.set(loss, entry);
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
