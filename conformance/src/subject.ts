import type { Loss, Part } from '@focal-loss/core';
import { type Backend, type Call, lacks, type Need, type Numbers } from './backend.ts';
import type { Device, Dtype } from './compare.ts';
import { usualParts } from './deviation.ts';
import { toNumbers } from './numbers.ts';
import type { Input } from './vectors.ts';

/** An answer whose arrays are as long as they have to be. */
export interface CheckedAnswer {
  readonly value: number | ArrayLike<number>;
  readonly grad: ArrayLike<number>;
  readonly hess: ArrayLike<number>;
  readonly posterior: ArrayLike<number>;
}

/** One loss a target, which is what reduction `'none'` gives. */
export const losses = (value: CheckedAnswer['value']): ArrayLike<number> =>
  typeof value === 'number' ? [value] : value;

/** A backend under test: hands it inputs in its own number format and sees that its answers have the right shape. */
export class Subject {
  readonly dtype: Dtype;
  readonly device: Device;
  readonly badInput: 'throws' | 'nan';
  readonly largest: number;
  readonly tellsResources: boolean;
  /** What random calls are drawn from. */
  readonly seed: number;
  private readonly backend: Backend;
  private closed: Promise<void> | undefined;
  private idle: number | undefined;
  private repeated: { key: string; arrays: Arrays } | undefined;

  constructor(backend: Backend, seed: number) {
    this.backend = backend;
    this.seed = seed;
    this.dtype = backend.dtype;
    this.device = backend.device ?? 'cpu';
    this.badInput = backend.supports?.badInput ?? 'throws';
    this.largest = backend.largest ?? Infinity;
    this.tellsResources = backend.resources !== undefined;
  }

  /** Whether the backend has a feature, or knows a loss. */
  can(need: Need): boolean {
    return !lacks(this.backend, need);
  }

  /** How many things the backend holds. */
  async resources(): Promise<number> {
    return (await this.backend.resources?.()) ?? 0;
  }

  /** How many things the backend held before its first call. */
  async resourcesAtFirst(): Promise<number> {
    this.idle ??= await this.resources();
    return this.idle;
  }

  /** Ends the backend, once. */
  close(): Promise<void> {
    this.closed ??= Promise.resolve(this.backend.close?.());
    return this.closed;
  }

  /** All parts that are compared. */
  async evaluate(loss: Loss, input: Input): Promise<CheckedAnswer> {
    return this.call(this.prepare(loss, input));
  }

  /** The value, asked for without the gradient. */
  async value(loss: Loss, input: Input): Promise<CheckedAnswer['value']> {
    return (await this.call(this.prepare(loss, input, ['value']))).value;
  }

  /** The call that an input amounts to. */
  prepare(loss: Loss, input: Input, wants: readonly Part[] = usualParts): Call {
    const { normalizer, axis, weightsShape, shape: once = [input.logits.length], repeat = 1 } = input;
    const arrays = this.arrays(input);
    // Copies, of weightsShape and wants too: what a backend does to them must not reach what its answer is compared with.
    const shape = once.map((size, k) => (k === 0 ? size * repeat : size));
    const grad = wants.includes('grad');
    const call: Omit<Call, 'wants'> = {
      loss,
      ...arrays,
      shape,
      grad,
      ...(normalizer === undefined ? {} : { normalizer }),
      ...(axis === undefined ? {} : { axis }),
      ...(weightsShape === undefined ? {} : { weightsShape: [...weightsShape] }),
    };
    // Not among what `...options` takes along: backends written before there was more than `grad` hand that on.
    return Object.defineProperty(call, 'wants', { value: [...wants] }) as Call;
  }

  /** All parts of second order. */
  async curvature(loss: Loss, input: Input): Promise<CheckedAnswer> {
    return this.call(this.prepare(loss, input, ['value', 'grad', 'hess']));
  }

  /** The posterior of an input's logits. */
  async posterior(loss: Loss, input: Omit<Input, 'targets'>): Promise<ArrayLike<number>> {
    return (await this.call(this.prepare(loss, { ...input, targets: [] }, ['posterior']))).posterior;
  }

  /** Makes a call, and copies what comes back: what happens to the arrays later is a matter of one law only. */
  async call(call: Call): Promise<CheckedAnswer> {
    const { value, grad, hess, posterior } = await this.rawCall(call);
    const own = typeof value === 'number' ? value : copy(value);
    return { value: own, grad: copy(grad), hess: copy(hess), posterior: copy(posterior) };
  }

  /** Makes a call and looks at the lengths of what comes back, which stays the backend's. */
  async rawCall(call: Call): Promise<CheckedAnswer> {
    if (this.tellsResources) await this.resourcesAtFirst();
    const { value = Number.NaN, grad = [], hess = [], posterior = [] } = await this.backend.evaluate(call);
    const { wants, loss, logits } = call;
    const count = wants.includes('value') ? valuesOf(call) : 1;
    if (loss.reduction === 'none' || loss.reduction === 'example') {
      if (wants.includes('value')) expectLength('value', value, count);
    } else if (typeof value !== 'number') {
      throw new Error(`value is ${describe(value)}, not a number, for reduction '${loss.reduction}'`);
    }
    for (const [part, got] of Object.entries({ grad, hess, posterior })) {
      if (wants.includes(part as Part)) expectLength(part, got, logits.length);
    }
    return { value, grad, hess, posterior };
  }

  private arrays(input: Input): Arrays {
    const { repeat = 1, offset = 0 } = input;
    if (offset > 0) return shifted(toArrays(input, this.dtype, 1), offset);
    if (repeat === 1) return toArrays(input, this.dtype, 1);
    // Millions of numbers: cases that follow one another and differ only in the loss share them.
    const key = JSON.stringify([input.logits, input.targets, input.weights, repeat]);
    if (this.repeated?.key !== key) this.repeated = { key, arrays: toArrays(input, this.dtype, repeat) };
    return this.repeated.arrays;
  }
}

/** How many values a loss has that is not reduced to one. */
function valuesOf({ loss, shape, axis = -1, targets }: Call): number {
  const along = axis < 0 ? shape.length + axis : axis;
  const ofTargets = loss.link === 'softmax' ? shape.filter((_, k) => k !== along) : shape;
  if (loss.reduction === 'example') return ofTargets[0] ?? 1;
  return loss.link === 'softmax' ? ofTargets.reduce((all, size) => all * size, 1) : targets.length;
}

interface Arrays {
  readonly logits: Numbers;
  readonly targets: Numbers;
  readonly weights?: Numbers;
}

function toArrays({ logits, targets, weights }: Input, dtype: Dtype, repeat: number): Arrays {
  const tile = (values: readonly number[]) => {
    const once = toNumbers(values, dtype);
    if (repeat === 1) return once;
    const all = dtype === 'float64' ? new Float64Array(once.length * repeat) : new Float32Array(once.length * repeat);
    all.set(once);
    for (let done = once.length; done < all.length; done *= 2) all.copyWithin(done, 0, all.length - done);
    return all;
  };
  return { logits: tile(logits), targets: tile(targets), ...(weights === undefined ? {} : { weights: tile(weights) }) };
}

/** The same numbers in the middle of larger buffers, with NaN all around. */
function shifted({ logits, targets, weights }: Arrays, offset: number): Arrays {
  const within = (numbers: Numbers) => {
    const Kind = numbers.constructor as Float64ArrayConstructor;
    const larger = new Kind(numbers.length + 2 * offset).fill(Number.NaN);
    larger.set(numbers, offset);
    return larger.subarray(offset, offset + numbers.length);
  };
  return { logits: within(logits), targets: within(targets), ...(weights && { weights: within(weights) }) };
}

const copy = (numbers: ArrayLike<number>): ArrayLike<number> =>
  ArrayBuffer.isView(numbers) ? (numbers as Float64Array).slice() : Array.from(numbers);

function expectLength(part: string, got: unknown, length: number): void {
  const actual = typeof got === 'object' && got !== null ? (got as ArrayLike<number>).length : undefined;
  if (actual !== length) throw new Error(`${part} is ${describe(got)}, not an array of ${length}`);
  const numbers = got as ArrayLike<unknown>;
  for (let i = 0; i < length; i++) {
    const one = numbers[i];
    if (typeof one !== 'number') throw new Error(`${part}[${i}] is a ${typeof one}, ${String(one)}, not a number`);
    // The others of a typed array are of the same type.
    if (ArrayBuffer.isView(got)) break;
  }
}

function describe(got: unknown): string {
  if (typeof got !== 'object' || got === null) return String(got);
  return 'length' in got ? `an array of ${got.length}` : 'an object';
}
