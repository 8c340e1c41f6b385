import { elementwise } from './elementwise.ts';
import { hasCategories } from './entry.ts';
import { directives, main } from './grid.ts';
import { once, prelude, scaleFunction } from './ops.ts';
import { rowwise } from './rowwise.ts';
import { softRows } from './softrows.ts';
import { BINDING, inverseOf, type KernelSpec, type KernelText, takesAllMargins, valuesOf, WORKGROUP } from './spec.ts';
import {
  BITS,
  labelFunction,
  logitFunction,
  NARROW,
  NARROW_FOUR,
  storedAs,
  storeHalf,
  targetsType,
} from './storage.ts';
import { storing } from './stores.ts';
import { groupSum, plusTerm, SUM, withTerm } from './sums.ts';
import { callStruct } from './uniforms.ts';

/** A kernel in WGSL. */
export function kernel(spec: KernelSpec): string {
  const { loss, dtype, wants, weighted, measured, lanes, width, subgroup, targets, targetRows, strided } = spec;
  const shape = [dtype, lanes, width, subgroup, targets, targetRows, strided];
  const key = ['webgpu', ...shape, weighted, measured, spec.scaled, wants.join('+'), spec.accumulate.join('+')].join();
  return once(loss, key, () => assemble(spec, textOf(spec)));
}

const textOf = (spec: KernelSpec): KernelText =>
  spec.loss.link === 'sigmoid' ? elementwise(spec) : takesAllMargins(spec) ? softRows(spec) : rowwise(spec);

/** Puts bindings, helpers, functions and the body of `main` together. */
function assemble(spec: KernelSpec, { functions, body }: KernelText): string {
  const { loss, dtype, wants, weighted, measured, lanes, width, subgroup, targets } = spec;
  const value = valuesOf(spec);
  const grad = wants.includes('grad');
  const softmax = loss.link === 'softmax';
  const four = width === 4;
  const half = dtype === 'float16';
  const bits = four ? 'vec4u' : 'u32';
  const binding = (name: keyof typeof BINDING, type: string, access = 'read') =>
    `@group(0) @binding(${BINDING[name]}) var<storage, ${access}> ${name === 'value' && value === 'sums' ? 'partials' : name === 'value' ? 'values' : name}: array<${type}>;`;
  const bindings = [
    `@group(0) @binding(${BINDING.call}) var<uniform> call: Call;`,
    binding('logits', storedAs(dtype, four)),
    binding('targets', targetsType(targets, bits)),
    ...(weighted ? [binding('weights', bits)] : []),
    ...(hasCategories(loss) || (softmax && loss.alpha !== undefined) ? [binding('alphas', 'f32')] : []),
    ...(measured ? [binding('inverse', 'f32')] : []),
    ...(grad ? [binding('grad', half && !four ? 'atomic<u32>' : storedAs(dtype, four), 'read_write')] : []),
    ...(wants.includes('hess') ? [binding('hess', 'u32', 'read_write')] : []),
    ...(value === 'none' ? [] : [binding('value', value === 'sums' ? 'Sum' : bits, 'read_write')]),
  ];
  const sums = value === 'sums';
  const scale = scaleFunction(takesAllMargins(spec) ? { ...loss, alpha: undefined } : loss);
  const grid = { workgroup: WORKGROUP, subgroup };
  // Where all of a workgroup share a row, the first invocation has its sum.
  const lone = softmax && lanes === WORKGROUP;
  const total = lone ? '' : '  own = groupSum(own, local);\n';
  const [title, bindingText, ...rest] = [
    `// ${loss.name}: ${[value !== 'none' && 'value', grad && 'gradient', wants.includes('hess') && 'curvature'].filter(Boolean).join(' and ')}, ${softmax ? 'rowwise' : 'elementwise'}, ${dtype} logits.`,
    [callStruct(loss), '', ...bindings].join('\n'),
    [...(softmax && !spec.targetRows ? [] : CONSTANTS), 'const MINUS_ZERO = 0x80000000u;', BITS].join('\n'),
    ...(softmax || half ? [logitFunction(dtype, four)] : []),
    ...(targets === 'float32' ? [] : [labelFunction(targets, four)]),
    ...(grad && half ? [NARROW, ...(four ? [NARROW_FOUR] : []), storeHalf(four)] : []),
    ...storing(spec),
    ...(sums || softmax ? [SUM, plusTerm] : []),
    ...(sums ? [withTerm(inverseOf(spec))] : []),
    ...(sums && !lone ? [groupSum(grid)] : []),
    ...(scale.params.length > 0 ? [scale.code] : []),
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
