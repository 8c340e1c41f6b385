import type { Place } from '../deviation.ts';
import type { Input } from '../vectors.ts';

/** Finds the input of the k-th value: its target, and at a sigmoid its logit. */
export function placeOfTarget({ logits, targets }: Input): (k: number) => Place {
  const sigmoid = logits.length === targets.length;
  return (k) => {
    const i = k % targets.length;
    return sigmoid ? { logit: logits[i], target: targets[i] } : { target: targets[i] };
  };
}

/** Finds the input of the i-th slope: its logit, and the target of its row. */
export function placeOfLogit({ logits, targets }: Input): (i: number) => Place {
  const classes = logits.length / targets.length;
  return (i) => {
    const j = i % logits.length;
    return { logit: logits[j], target: targets[Math.floor(j / classes)] };
  };
}
