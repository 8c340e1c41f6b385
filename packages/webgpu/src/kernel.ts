import type { Loss } from '@focal-loss/core';
import { callStruct } from './call.ts';
import { elementwise } from './elementwise.ts';
import { directives, main } from './grid.ts';
import { prelude } from './ops.ts';
import { groupSum, SUM, WORKGROUP, withTerm } from './reduce.ts';
import { rowwise } from './rowwise.ts';
import { BITS, type Dtype, HALVES, logitFunction } from './storage.ts';
import { scaleFunction } from './wgsl.ts';

/** What a kernel is to do: everything that changes its text. Sizes and parameters do not. */
export interface Task {
  readonly loss: Loss;
  readonly dtype: Dtype;
  readonly grad: boolean;
  /** What becomes of the losses: nothing, one sum a workgroup, or each into its place. */
  readonly value: 'none' | 'sums' | 'each';
  readonly weighted: boolean;
  /** Whether the denominator lies in a buffer, because only the GPU knows it. */
  readonly measured: boolean;
  /** Invocations that share a row: 1, 16 or 64. Of no meaning at a sigmoid. */
  readonly lanes: number;
  /** Logits that an invocation takes at once: two of float16, four where n is a multiple of it; 1 at a softmax. */
  readonly width: 1 | 2 | 4;
  /** Invocations that hand numbers to each other without memory, as in {@link Grid}. */
  readonly subgroup: number;
}

/** What is a kernel's own: functions, and the body of `main`, which leaves the invocation's sum in `own`. */
export interface Parts {
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
} as const;

const written = new WeakMap<Loss, Map<string, string>>();

/** The kernel of a task, in WGSL. Written once a loss: it takes most of a millisecond, as long as many a dispatch. */
export function kernel(task: Task): string {
  const { loss, dtype, grad, value, weighted, measured, lanes, width, subgroup } = task;
  const known = written.get(loss) ?? new Map<string, string>();
  written.set(loss, known);
  const key = [dtype, grad, value, weighted, measured, lanes, width, subgroup].join();
  const code = known.get(key) ?? assemble(task, loss.link === 'softmax' ? rowwise(task) : elementwise(task));
  known.set(key, code);
  return code;
}

/** Entries that one workgroup takes at a time. */
export const entriesAtOnce = ({ loss, lanes, width }: Pick<Task, 'loss' | 'lanes' | 'width'>): number =>
  loss.link === 'softmax' ? WORKGROUP / lanes : WORKGROUP * width;

/** Puts bindings, helpers, functions and the body of `main` together. */
function assemble(task: Task, { functions, body }: Parts): string {
  const { loss, dtype, grad, value, weighted, measured, lanes, width, subgroup } = task;
  const softmax = loss.link === 'softmax';
  const bits = width === 4 ? 'vec4u' : 'u32';
  const binding = (name: keyof typeof BINDING, type: string, access = 'read') =>
    `@group(0) @binding(${BINDING[name]}) var<storage, ${access}> ${name === 'value' && value === 'sums' ? 'partials' : name === 'value' ? 'values' : name}: array<${type}>;`;
  const bindings = [
    `@group(0) @binding(${BINDING.call}) var<uniform> call: Call;`,
    binding('logits', bits),
    binding('targets', bits),
    ...(weighted ? [binding('weights', bits)] : []),
    ...(softmax && loss.alpha !== undefined ? [binding('alphas', 'f32')] : []),
    ...(measured ? [binding('inverse', 'f32')] : []),
    ...(grad ? [binding('grad', dtype === 'float16' ? 'atomic<u32>' : bits, 'read_write')] : []),
    ...(value === 'none' ? [] : [binding('value', value === 'sums' ? 'Sum' : bits, 'read_write')]),
  ];
  const sums = value === 'sums';
  const grid = { workgroup: WORKGROUP, subgroup };
  // Where all of a workgroup share a row, the first invocation has its sum.
  const lone = softmax && lanes === WORKGROUP;
  const total = lone ? '' : '  own = groupSum(own, local);\n';
  const [title, bindingText, ...rest] = [
    `// ${loss.name}: ${[value !== 'none' && 'value', grad && 'gradient'].filter(Boolean).join(' and ')}, ${softmax ? 'rowwise' : 'elementwise'}, ${dtype} logits.`,
    [callStruct(loss), '', ...bindings].join('\n'),
    [...(softmax ? [] : CONSTANTS), 'const MINUS_ZERO = 0x80000000u;', BITS].join('\n'),
    ...(softmax || dtype === 'float16' ? [logitFunction(dtype)] : []),
    ...(grad && dtype === 'float16' ? [HALVES] : []),
    ...(sums || softmax ? [SUM] : []),
    ...(sums ? [withTerm] : []),
    ...(sums && !lone ? [groupSum(grid)] : []),
    ...(scaleFunction(loss).params.length > 0 ? [scaleFunction(loss).code] : []),
    ...functions,
    main(
      grid,
      `${sums ? '  var own = Sum();\n' : ''}  ${body}${
        sums ? `\n${total}  if (local == 0u) { partials[call.firstPartial + group.x] = own; }` : ''
      }`,
    ),
  ];
  return [directives(subgroup) + title, bindingText, prelude(rest.join('\n')), ...rest].join('\n\n');
}

const CONSTANTS = ['const ONE = 0x3f800000u;', '/// 2^96.\nconst FAR_BITS = 0x6f800000u;'];
