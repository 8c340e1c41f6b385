import { type CallOptions, factories, formulas, type Loss, type Reduction } from '@focal-loss/core';
import { random } from '../../core/oracle/random.ts';
import type { NumericArray } from '../src/index.ts';
import { paramsOf } from './draws.ts';

/** A call in float64, with all that the contract has drawn together. */
export interface AnyCall {
  readonly loss: Loss;
  readonly logits: Float64Array;
  readonly targets: Float64Array;
  readonly options: CallOptions;
  /** Targets may come in narrower arrays. */
  readonly hard: boolean;
  readonly text: string;
}

type Draw = ReturnType<typeof drawing>;

function drawing(seed: number) {
  const draw = random(seed);
  const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);
  return {
    draw,
    between,
    maybe: (chance: number) => draw() < chance,
    whole: (below: number) => Math.floor(draw() * below),
    oneOf: <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)],
  };
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Reproducible calls of all factories in turn. @param most Entries of an axis. */
export function* anyCalls(count: number, seed: number, most = 5): Generator<AnyCall> {
  const d = drawing(seed);
  const names = Object.keys(factories) as (keyof typeof factories)[];
  for (let i = 0; i < count; i++) yield anyCall(d, names[i % names.length], most);
}

function anyCall(d: Draw, name: keyof typeof factories, most: number): AnyCall {
  const { link, targets: kind, key } = factories[name]();
  const softmax = link === 'softmax';
  const size = () => 1 + d.whole(most);
  const shape = Array.from({ length: 1 + d.whole(3) }, size);
  const axis = d.whole(shape.length);
  if (softmax) shape[axis] = 2 + d.whole(most);
  const ofTargets = softmax ? shape.filter((_, k) => k !== axis) : shape;
  const [n, rows, classes] = [product(shape), product(ofTargets), shape[axis]];
  const isRows = softmax && kind === 'class' && d.maybe(0.4);
  const ignoreIndex = !isRows && d.maybe(0.3) ? d.oneOf(-1, 255) : undefined;
  const reduction = d.oneOf<Reduction>('mean', 'sum', 'example', 'none');
  const normalizer =
    reduction === 'mean'
      ? d.oneOf('count' as const, 'weights' as const, kind === 'place' ? 'count' : ('positives' as const))
      : undefined;
  const member = formulas.family.find((one) => one.key === key);
  const mayHaveAlpha = !('alpha' in (member?.params ?? {})) && hasAlpha(name);
  const listed = () => Array.from({ length: classes }, () => (d.maybe(0.1) ? 0 : d.draw()));
  const options = {
    ...paramsOf(name, d.between),
    reduction,
    ...(normalizer && { normalizer }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
    ...(kind === 'class' && (normalizer === 'positives' || d.maybe(0.2)) && { background: d.whole(classes) }),
    ...(mayHaveAlpha && d.maybe(0.5) && { alpha: softmax || d.maybe(0.6) ? listed() : d.draw() }),
    ...(kind !== 'place' && d.maybe(0.3) && { labelSmoothing: d.oneOf(0.1, d.draw() * 0.9) }),
  };
  const loss = (factories[name] as (options: object) => Loss)(options);
  const hard = d.maybe(0.5);
  const label = () => {
    if (ignoreIndex !== undefined && d.maybe(0.3)) return ignoreIndex;
    if (kind === 'class') return d.whole(classes);
    if (kind === 'place') return d.maybe(0.3) ? d.whole(classes) : d.draw() * (classes - 1);
    return hard ? d.whole(2) : d.oneOf(0, 1, d.draw());
  };
  const targets = isRows
    ? Float64Array.from({ length: n }, () => (d.maybe(0.2) ? 0 : d.draw()))
    : Float64Array.from({ length: rows }, label);
  const spread = d.oneOf(1, 10, 60);
  const logits = Float64Array.from({ length: n }, () => Math.fround(d.between(-spread, spread)));
  const weightsShape = ofTargets.slice(d.whole(ofTargets.length + 1)).map((own) => (d.maybe(0.4) ? 1 : own));
  const weights = Float64Array.from({ length: product(weightsShape) }, () => d.oneOf(0, 1, d.between(0.1, 9)));
  const call: CallOptions = {
    shape,
    ...((softmax || d.maybe(0.5) || axis !== shape.length - 1) && { axis: d.maybe(0.5) ? axis : axis - shape.length }),
    ...(d.maybe(0.5) && { weights, weightsShape }),
    ...(reduction === 'mean' && d.maybe(0.2) && { normalizer: d.between(0.5, 20) }),
  };
  const text = JSON.stringify({
    name,
    options,
    logits: [...logits],
    targets: [...targets],
    ...call,
    weights: [...weights],
  });
  return { loss, logits, targets, options: call, hard, text };
}

function hasAlpha(name: keyof typeof factories): boolean {
  try {
    return (factories[name] as (options: object) => Loss)({ alpha: [0.5, 0.5] }).alpha !== undefined;
  } catch {
    return false;
  }
}

/** Targets in another kind of array. */
export const narrow = ({ targets, hard, loss }: AnyCall): NumericArray =>
  hard || loss.targets === 'class' ? Int32Array.from(targets) : Float32Array.from(targets);
