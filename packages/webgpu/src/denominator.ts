import type { Loss } from '@focal-loss/core';
import { directives, main } from './grid.ts';
import { prelude } from './ops.ts';
import { WORKGROUP } from './spec.ts';
import { BITS } from './storage.ts';
import { groupSum, plusTerm, SUM } from './sums.ts';
import { callStruct } from './uniforms.ts';

/**
 * The first stage of the denominator, for buffers whose numbers never leave the GPU. A target or weight that is none
 * counts, and adds nothing: the loss of its entry is NaN anyway.
 */
export function denominatorKernel(loss: Loss, weighted: boolean, subgroup: number): string {
  const grid = { workgroup: WORKGROUP, subgroup };
  const { normalizer, link, ignoreIndex } = loss;
  const weights = normalizer === 'weights' && weighted;
  const counted =
    normalizer === 'positives'
      ? link === 'softmax'
        ? 'select(1.0, 0.0, bitcast<f32>(targets[i]) == call.background)'
        : 'select(0.0, bitcast<f32>(targets[i]), targets[i] <= ONE)'
      : weights
        ? 'select(0.0, bitcast<f32>(weights[i]), weights[i] < INFINITY)'
        : '1.0';
  // A binding that a kernel declares and does not read would be missing from its layout.
  const looks = ignoreIndex !== undefined || counted.includes('targets');
  const add = `own = plusTerm(own, ${counted});`;
  const code = `${SUM}

${plusTerm}

${groupSum(grid)}

const ONE = 0x3f800000u;

${callStruct(loss)}

@group(0) @binding(0) var<uniform> call: Call;
${looks ? '@group(0) @binding(2) var<storage, read> targets: array<u32>;\n' : ''}${weights ? '@group(0) @binding(3) var<storage, read> weights: array<u32>;\n' : ''}@group(0) @binding(7) var<storage, read_write> partials: array<Sum>;

${main(
  grid,
  `  var own = Sum();
  for (var i = group.x * ${WORKGROUP}u + local; i < call.n; i += groups.x * ${WORKGROUP}u) {
    ${ignoreIndex === undefined ? add : `if (bitcast<f32>(targets[i]) != call.ignoreIndex) { ${add} }`}
  }
  let total = groupSum(own, local);
  if (local == 0u) { partials[call.firstPartial + group.x] = total; }`,
)}`;
  return [`${directives(subgroup)}// The denominator of ${loss.name}.`, BITS, prelude(code), code].join('\n\n');
}
