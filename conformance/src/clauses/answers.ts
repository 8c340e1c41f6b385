import type { CheckedAnswer } from '../subject.ts';

/** A deep copy, safe from whatever the backend does to its arrays afterwards. */
export const copyOf = ({ value, grad, hess, posterior }: CheckedAnswer): CheckedAnswer => ({
  value: typeof value === 'number' ? value : Array.from(value),
  grad: Array.from(grad),
  hess: Array.from(hess),
  posterior: Array.from(posterior),
});
