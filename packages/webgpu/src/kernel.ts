import type { Loss } from '@focal-loss/core';
import { elementwise } from './elementwise.ts';
import { directives, main } from './grid.ts';
import { prelude, scaleFunction } from './ops.ts';
import { rowwise } from './rowwise.ts';
import { BINDING, inverseOf, type KernelSpec, type KernelText, valuesOf, WORKGROUP } from './spec.ts';
import { BITS, HALVES, logitFunction } from './storage.ts';
import { groupSum, plusTerm, SUM, withTerm } from './sums.ts';
import { callStruct } from './uniforms.ts';

const written = new WeakMap<Loss, Map<string, string>>();

/** A kernel in WGSL. Written once a loss: it takes most of a millisecond, as long as many a dispatch. */
export function kernel(spec: KernelSpec): string {
  const { loss, dtype, wants, weighted, measured, lanes, width, subgroup } = spec;
  const known = written.get(loss) ?? new Map<string, string>();
  written.set(loss, known);
  const key = [dtype, wants, weighted, measured, lanes, width, subgroup].join();
  const code = known.get(key) ?? assemble(spec, loss.link === 'softmax' ? rowwise(spec) : elementwise(spec));
  known.set(key, code);
  return code;
}

/** Puts bindings, helpers, functions and the body of `main` together. */
function assemble(spec: KernelSpec, { functions, body }: KernelText): string {
  const { loss, dtype, wants, weighted, measured, lanes, width, subgroup } = spec;
  const value = valuesOf(spec);
  const grad = wants.includes('grad');
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
    ...(sums || softmax ? [SUM, plusTerm] : []),
    ...(sums ? [withTerm(inverseOf(spec))] : []),
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
