// Threads run what was built.
import { compile as built } from '@focal-loss/typed-array';
import { compile as parallel } from '@focal-loss/typed-array/parallel';
import { nearest } from '../../../core/oracle/decimal.ts';
import { factoryOf } from '../../../core/oracle/factories.ts';
import { indices } from '../../../core/oracle/indices.ts';
import { tells, told } from '../../../core/oracle/posterior.ts';
import { allocate, compile, type EngineName, engines, free } from '../../src/index.ts';
import type { Drawn } from './draw.ts';
import { type Part, truthOf } from './truth.ts';

export const PARTS = ['value', 'grad', 'hess', 'posterior'] as const;
export type PartName = (typeof PARTS)[number];

/** Below the least normal number there is no promise of digits. */
export const FORMATS = {
  float32: { tiny: 2 ** -126, most: 2 ** 128 * (1 - 2 ** -24), promise: 1e-6 },
  float64: { tiny: 2 ** -1022, most: Number.MAX_VALUE, promise: 1e-14 },
} as const;

export interface Finding {
  readonly engine: string;
  readonly part: PartName;
  readonly error: number;
  readonly text: string;
}

type Results = Partial<Record<PartName, ArrayLike<number>>>;
const listed = (value: number | ArrayLike<number>) => (typeof value === 'number' ? [value] : value);

/** What an engine makes of a call, by every method that has a part. */
function* results(call: Drawn, run: ReturnType<typeof compile>): Generator<Results> {
  const { logits, targets, options } = call;
  yield { value: listed(run.value(logits, targets, options)) };
  const first = run.valueAndGrad(logits, targets, options);
  yield { value: listed(first.value), grad: first.grad };
  const all = run.valueGradHess(logits, targets, options);
  yield { value: listed(all.value), grad: all.grad, hess: all.hess };
  // Over the logits, in an array of the caller's.
  const own = Float64Array.from(logits);
  const over = call.dtype === 'float32' ? Float32Array.from(own) : own;
  yield { grad: run.valueAndGrad(over, targets, { ...options, grad: over }).grad };
}

/** The worst of a part of a result. */
export function errorOf(got: ArrayLike<number>, { truths, scales }: Part, dtype: Drawn['dtype'], isSum: boolean) {
  const { tiny } = FORMATS[dtype];
  // Sums are formed in float64 whatever the logits are.
  const { most } = FORMATS[isSum ? 'float64' : dtype];
  let worst = { error: 0, text: '' };
  truths.forEach((truth, i) => {
    if (Number.isNaN(truth)) return;
    const size = Math.max(Math.abs(truth), Math.abs(scales[i] || 0));
    const isFar = size > most;
    const off = Math.abs(got[i] - truth);
    // What is nearly no normal number may be off by a step of those below.
    const error = isFar
      ? Number.isNaN(got[i])
        ? Infinity
        : 0
      : size < tiny
        ? off <= 2 * tiny
          ? 0
          : Infinity
        : off / size;
    if (!(error <= worst.error))
      worst = {
        error: Number.isNaN(error) ? Infinity : error,
        text: `[${i}] got ${got[i]}, truth ${truth}, scale ${scales[i]}`,
      };
  });
  if (got.length !== truths.length) worst = { error: Infinity, text: `${got.length} results, not ${truths.length}` };
  return worst;
}

/** What every engine is off by in a call. */
export async function* findings(call: Drawn, withThreads: boolean): AsyncGenerator<Finding> {
  const { loss, dtype, logits, options } = call;
  const truth = truthOf(call);
  const names: EngineName[] = dtype === 'float32' ? engines() : engines().filter((name) => name !== 'relaxed-simd');
  const isSum = loss.reduction === 'mean' || loss.reduction === 'sum';
  const wide = dtype === 'float64' ? compile(loss, { engine: 'javascript' }) : undefined;
  for (const engine of names) {
    const run = compile(loss, { engine });
    for (const result of results(call, run)) {
      for (const part of ['value', 'grad', 'hess'] as const) {
        const [got, want] = [result[part], truth[part]];
        if (got === undefined || want === undefined) continue;
        yield { engine, part, ...errorOf(got, want, dtype, part === 'value' && isSum) };
      }
    }
    if (wide !== undefined && engine !== 'javascript') {
      yield same(engine, [...results(call, run)], [...results(call, wide)]);
    }
  }
  const want = posteriorOf(call);
  if (want !== undefined) {
    const { shape, axis } = options;
    yield {
      engine: 'any',
      part: 'posterior',
      ...errorOf(compile(loss).posterior(logits, { shape, axis }), want, dtype, false),
    };
  }
  yield inPlace(call);
  if (withThreads) yield await onThreads(call);
}

/** With ε below 0 a slope is a difference, of whose terms the oracle says nothing here. */
const subtracts = ({ options }: Drawn['spec']) => Number(options.epsilon) < 0;

/** Of small calls of losses that tell one. */
function posteriorOf({ spec, input }: Drawn): Part | undefined {
  const { alpha, labelSmoothing } = spec.options as { alpha?: number | number[]; labelSmoothing?: number };
  const { link, hasAlpha } = factoryOf(spec.factory);
  const silent = hasAlpha && [alpha ?? 0.5].flat().some((own) => own === 0 || (link === 'sigmoid' && own === 1));
  if (!tells(spec) || labelSmoothing !== undefined || silent || input.logits.length > 12 || subtracts(spec))
    return undefined;
  const at = indices(link, input);
  const truths = Array<number>(input.logits.length).fill(0);
  for (let i = 0; i < at.count; i++) {
    const places = at.logits(i);
    const own = link === 'sigmoid' && hasAlpha && typeof alpha === 'object' ? { alpha: alpha[at.category(i)] } : {};
    const eta = told(
      { ...spec, options: { ...spec.options, ...own } },
      places.map((place) => input.logits[place]),
      false,
    );
    places.forEach((place, c) => {
      truths[place] = nearest(eta[c]);
    });
  }
  // What is far below 1 comes from its logarithm.
  return { truths, scales: truths.map((eta) => eta * Math.max(1, -Math.log(eta) / 10)) };
}

/** The same bits wherever arrays lie. */
function inPlace(call: Drawn): Finding {
  const { loss, logits, targets, options, dtype } = call;
  const Kind = dtype === 'float32' ? Float32Array : Float64Array;
  const made: ArrayBufferView[] = [];
  const put = <A extends ArrayLike<unknown>>(array: A): A => {
    if (!ArrayBuffer.isView(array) || array instanceof DataView) return array;
    const copy = allocate(array.constructor as typeof Float32Array, array.length) as unknown as Float32Array & A;
    copy.set(array as unknown as Float32Array);
    made.push(copy);
    return copy;
  };
  const run = compile(loss);
  const want = run.valueGradHess(logits, targets, options);
  const { weights } = options;
  const placed = {
    ...options,
    ...(weights && { weights: put(weights) }),
    grad: put(new Kind(logits.length)),
    hess: put(new Kind(logits.length)),
  };
  const got = run.valueGradHess(put(logits), put(targets), placed as typeof options);
  const finding = same('allocated', [got as unknown as Results], [want as unknown as Results]);
  for (const array of made) free(array);
  return finding;
}

async function onThreads({ loss, logits, targets, options }: Drawn): Promise<Finding> {
  const run = await parallel(loss, { workers: 2, threshold: 0 });
  const got = await run.valueGradHess(logits, targets, options);
  await run.dispose();
  return same(
    'threads',
    [got as unknown as Results],
    [built(loss).valueGradHess(logits, targets, options) as unknown as Results],
  );
}

/** An infinite error unless all bits are the same. */
function same(engine: string, got: readonly Results[], want: readonly Results[]): Finding {
  for (const [k, each] of want.entries()) {
    for (const part of ['value', 'grad', 'hess'] as const) {
      if (each[part] === undefined) continue;
      const [a, b] = [got[k][part], each[part]].map((array) => Array.from(listed(array as ArrayLike<number>)));
      const i = b.findIndex((one, j) => !Object.is(a[j], one) && !(a[j] === 0 && one === 0));
      if (i >= 0) return { engine, part, error: Infinity, text: `bits: [${i}] got ${a[i]}, elsewhere ${b[i]}` };
    }
  }
  return { engine, part: 'value', error: 0, text: '' };
}
