import type { Loss, Part } from '@focal-loss/core';
import type { Backend, Call, Numbers } from './backend.ts';
import type { Device, Dtype } from './compare.ts';
import { comparedParts } from './deviation.ts';
import { toNumbers } from './numbers.ts';
import type { Input } from './vectors.ts';

/** An answer whose arrays are as long as they have to be. */
export interface CheckedAnswer {
  readonly value: number | ArrayLike<number>;
  readonly grad: ArrayLike<number>;
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
  private readonly backend: Backend;
  private closed: Promise<void> | undefined;
  private idle: number | undefined;
  private repeated: { key: string; arrays: Arrays } | undefined;

  constructor(backend: Backend) {
    this.backend = backend;
    this.dtype = backend.dtype;
    this.device = backend.device ?? 'cpu';
    this.badInput = backend.supports?.badInput ?? 'throws';
    this.largest = backend.largest ?? Infinity;
    this.tellsResources = backend.resources !== undefined;
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
  prepare(loss: Loss, input: Input, wants: readonly Part[] = comparedParts): Call {
    const { normalizer, shape: [rows, ...rest] = [input.logits.length], repeat = 1 } = input;
    const arrays = this.arrays(input);
    const shape = [rows * repeat, ...rest];
    const grad = wants.includes('grad');
    const call: Omit<Call, 'wants'> = {
      loss,
      ...arrays,
      shape,
      grad,
      ...(normalizer === undefined ? {} : { normalizer }),
    };
    // Not among what `...options` takes along: backends written before there was more than `grad` hand that on.
    return Object.defineProperty(call, 'wants', { value: wants }) as Call;
  }

  /** Makes a call, and copies what comes back: what happens to the arrays later is a matter of one law only. */
  async call(call: Call): Promise<CheckedAnswer> {
    const { value, grad } = await this.rawCall(call);
    return { value: typeof value === 'number' ? value : copy(value), grad: copy(grad) };
  }

  /** Makes a call and looks at the lengths of what comes back, which stays the backend's. */
  async rawCall(call: Call): Promise<CheckedAnswer> {
    if (this.tellsResources) await this.resourcesAtFirst();
    const { value, grad = [] } = await this.backend.evaluate(call);
    if (call.loss.reduction === 'none') {
      expectLength('value', value, call.targets.length);
    } else if (typeof value !== 'number') {
      throw new Error(`value is ${describe(value)}, not a number, for reduction '${call.loss.reduction}'`);
    }
    if (call.grad) expectLength('grad', grad, call.logits.length);
    return { value, grad };
  }

  private arrays(input: Input): Arrays {
    const { repeat = 1 } = input;
    if (repeat === 1) return toArrays(input, this.dtype, 1);
    // Millions of numbers: cases that follow one another and differ only in the loss share them.
    const key = JSON.stringify([input.logits, input.targets, input.weights, repeat]);
    if (this.repeated?.key !== key) this.repeated = { key, arrays: toArrays(input, this.dtype, repeat) };
    return this.repeated.arrays;
  }
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
    for (let i = 0; i < repeat; i++) all.set(once, i * once.length);
    return all;
  };
  return { logits: tile(logits), targets: tile(targets), ...(weights === undefined ? {} : { weights: tile(weights) }) };
}

const copy = (numbers: ArrayLike<number>): ArrayLike<number> =>
  ArrayBuffer.isView(numbers) ? (numbers as Float64Array).slice() : Array.from(numbers);

function expectLength(part: string, got: unknown, length: number): void {
  const actual = typeof got === 'object' && got !== null ? (got as ArrayLike<number>).length : undefined;
  if (actual !== length) throw new Error(`${part} is ${describe(got)}, not an array of ${length}`);
}

function describe(got: unknown): string {
  if (typeof got !== 'object' || got === null) return String(got);
  return 'length' in got ? `an array of ${got.length}` : 'an object';
}
