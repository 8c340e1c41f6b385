import type { Loss } from '@focal-loss/core';
import { parametersOf, type ShaderParameter, scaleFunction, smoothingOf } from './ops.ts';

/** What changes from one dispatch to the next without another pipeline: sizes, denominator, parameters. */
export interface CallNumbers {
  /** Entries of this dispatch: logits, or rows at a softmax. */
  readonly n: number;
  readonly classes: number;
  /** Where this dispatch's first partial sum goes. */
  readonly firstPartial: number;
  /** How many there are when all are written. */
  readonly partials: number;
  /** Entries before those of this dispatch. */
  readonly first: number;
  /** How far apart the classes lie. */
  readonly inner: number;
  /** How many classes the logits of a sigmoid are of. */
  readonly categories: number;
  /** Bits from 1 to this are no float32 that may be a target: 0 where targets have been looked at. */
  readonly noLabels: number;
  /**
   * What all is multiplied by: 1 / denominator, 0 if there is nothing to divide by, times a scale. Where that lies in a buffer,
   * the part of it that is known.
   */
  readonly inverse: number;
}

const SIZES = ['n', 'classes', 'firstPartial', 'partials', 'first', 'inner', 'categories', 'noLabels'] as const;

const known = new WeakMap<Loss, readonly ShaderParameter[]>();

/** Under `inverse` in the block: the loss's own numbers, each a float32. */
function numbersOf(loss: Loss): readonly ShaderParameter[] {
  const numbers = known.get(loss) ?? listNumbers(loss);
  known.set(loss, numbers);
  return numbers;
}

function listNumbers(loss: Loss): readonly ShaderParameter[] {
  const background = loss.background === undefined ? [] : [{ name: 'background', value: loss.background }];
  // A list of α lies in a buffer.
  const listed = typeof loss.alpha === 'object' ? ['alpha', 'positive', 'negative'] : [];
  const scale = scaleFunction(loss).params.filter(({ name }) => !listed.includes(name));
  const all = [...scale, ...background, ...parametersOf(loss), ...smoothingOf(loss)];
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** The uniform block of a loss's kernels, in WGSL; without a loss, the part that all have. */
export function callStruct(loss?: Loss): string {
  const own = loss === undefined ? [] : numbersOf(loss);
  const fields = [...SIZES.map((name) => `${name}: u32`), 'inverse: f32', ...own.map(({ name }) => `${name}: f32`)];
  return `struct Call { ${fields.join(', ')} }`;
}

/** The bytes of {@link callStruct}. */
export function callBlock(loss: Loss, numbers: CallNumbers): Uint32Array<ArrayBuffer> {
  const own = numbersOf(loss);
  const length = SIZES.length + 1 + own.length;
  // Uniform bindings are read in steps of 16 bytes.
  const words = new Uint32Array(Math.ceil(length / 4) * 4);
  const floats = new Float32Array(words.buffer);
  SIZES.forEach((name, i) => {
    words[i] = numbers[name];
  });
  floats[SIZES.length] = numbers.inverse;
  own.forEach(({ value }, i) => {
    floats[SIZES.length + 1 + i] = value;
  });
  return words;
}

/** `, call.gamma`: the arguments behind the first ones of a function made from the loss. */
export const argumentsOf = (params: readonly ShaderParameter[]): string =>
  params.map(({ name }) => `, call.${name}`).join('');
