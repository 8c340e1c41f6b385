import type { Derivative, Loss } from '@focal-loss/core';
import type { Dtype, Targets } from './storage.ts';

/** What a kernel is to do: everything that changes its text. Sizes and parameters do not. */
export interface KernelSpec {
  readonly loss: Loss;
  readonly dtype: Dtype;
  /** Values become one sum a workgroup, or for reduction `'none'` one each; derivatives go into the buffer of their name. */
  readonly wants: readonly Derivative[];
  readonly weighted: boolean;
  readonly targets: Targets;
  /** Whether targets are rows of probabilities, as long as the logits. */
  readonly targetRows: boolean;
  /** Whether the classes of a row do not lie side by side. */
  readonly strided: boolean;
  /** Whether the denominator lies in a buffer, because only the GPU knows it. */
  readonly measured: boolean;
  /** What is added to what its buffer holds, instead of taking its place. */
  readonly accumulate: readonly Derivative[];
  /** Whether losses that are wanted one by one are multiplied as derivatives are, because there is a scale. */
  readonly scaled: boolean;
  /** Invocations that share a row: 1, 16 or 64. Of no meaning at a sigmoid. */
  readonly lanes: number;
  /** Logits that an invocation takes at once: four where n is a multiple of it, otherwise one, or two of float16; 1 at a softmax. */
  readonly width: 1 | 2 | 4;
  /** Invocations that hand numbers to each other without memory, as in {@link Grid}. */
  readonly subgroup: number;
}

/** What is a kernel's own: functions, and the body of `main`, which leaves the invocation's sum in `own`. */
export interface KernelText {
  readonly functions: readonly string[];
  readonly body: string;
}

/** Where each buffer is bound. A kernel has those it reads or writes. */
export const BINDING = {
  call: 0,
  logits: 1,
  targets: 2,
  weights: 3,
  alphas: 4,
  inverse: 5,
  grad: 6,
  value: 7,
  hess: 8,
} as const;

/** Invocations of a workgroup. */
export const WORKGROUP = 64;

/** Entries that one workgroup takes at a time. */
export const entriesAtOnce = ({ loss, lanes, width }: Pick<KernelSpec, 'loss' | 'lanes' | 'width'>): number =>
  loss.link === 'softmax' ? WORKGROUP / lanes : WORKGROUP * width;

/** What becomes of the values: nothing, one sum a workgroup, or each into its place. */
export const valuesOf = ({ loss, wants }: Pick<KernelSpec, 'loss' | 'wants'>): 'none' | 'sums' | 'each' =>
  !wants.includes('value') ? 'none' : isEach(loss) ? 'each' : 'sums';

/** Whether losses are wanted one by one; those of examples are added up afterwards. */
export const isEach = ({ reduction }: Loss): boolean => reduction === 'none' || reduction === 'example';

/**
 * Whether it takes the margins of all classes of a row: of rows of probabilities, which smoothed labels and places are too, and
 * for second derivatives.
 */
export const takesAllMargins = ({
  loss,
  wants,
  targetRows,
}: Pick<KernelSpec, 'loss' | 'wants' | 'targetRows'>): boolean =>
  loss.link === 'softmax' &&
  (targetRows || loss.labelSmoothing !== 0 || loss.targets === 'place' || wants.includes('hess'));

/** Whether logits of a sigmoid are done one by one, each by the program of any label: there is no shorter one. */
export const isSingly = ({ loss, wants }: Pick<KernelSpec, 'loss' | 'wants'>): boolean =>
  loss.link === 'sigmoid' && (loss.labelSmoothing !== 0 || wants.includes('hess'));

/** 1 / denominator, times a scale, in a kernel's text. */
export const inverseOf = ({ measured }: Pick<KernelSpec, 'measured'>): string =>
  measured ? 'inverse[0]' : 'call.inverse';

/** How the parts of one entry are handed on inside a kernel: the value, and derivatives behind it. */
export interface Answer {
  /** What a loss function is asked for. */
  readonly parts: readonly Derivative[];
  readonly floats: string;
  readonly bits: string;
  /** `at`, which is what a loss function returned, with slopes over the denominator. */
  divided(inverse: string): string;
  /** One part of a variable of this type. */
  of(variable: string, part: Derivative): string;
}

const ANSWERS: Readonly<Record<Derivative, Answer>> = {
  value: { parts: ['value'], floats: 'f32', bits: 'u32', divided: () => 'at', of: (variable) => variable },
  grad: {
    parts: ['value', 'grad'],
    floats: 'vec2f',
    bits: 'vec2u',
    divided: (inverse) => `vec2f(at.value, ${inverse} * at.slope)`,
    of: (variable, part) => `${variable}.${part === 'value' ? 'x' : 'y'}`,
  },
  hess: {
    parts: ['value', 'grad', 'hess'],
    floats: 'vec3f',
    bits: 'vec3u',
    divided: (inverse) => `vec3f(at.value, ${inverse} * at.slope, ${inverse} * at.curvature)`,
    of: (variable, part) => `${variable}.${{ value: 'x', grad: 'y', hess: 'z' }[part]}`,
  },
};

export const answerOf = ({ wants }: Pick<KernelSpec, 'wants'>): Answer =>
  ANSWERS[wants.includes('hess') ? 'hess' : wants.includes('grad') ? 'grad' : 'value'];
