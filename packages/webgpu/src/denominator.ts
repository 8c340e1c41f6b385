import type { Loss } from '@focal-loss/core';
import { directives, main } from './grid.ts';
import { once, prelude } from './ops.ts';
import { type KernelSpec, WORKGROUP } from './spec.ts';
import { BITS, labelAt, labelFunction } from './storage.ts';
import { groupSum, plusTerm, SUM } from './sums.ts';
import { callStruct } from './uniforms.ts';

/**
 * The first stage of the denominator, for buffers whose numbers never leave the GPU. A target or weight that is none
 * counts, and adds nothing: the loss of its entry is NaN anyway.
 */
export const denominatorKernel = (loss: Loss, recording: Recorded, subgroup: number): string => {
  const { weighted, targets, targetRows, inner } = recording;
  const key = ['webgpu, denominator', weighted, targets, targetRows, inner > 1, subgroup].join();
  return once(loss, key, () => write(loss, recording, subgroup));
};

type Recorded = Pick<KernelSpec, 'weighted' | 'targets' | 'targetRows'> & { readonly inner: number };

function write(loss: Loss, { weighted, targets, targetRows, inner }: Recorded, subgroup: number): string {
  const grid = { workgroup: WORKGROUP, subgroup };
  const { normalizer, link, ignoreIndex, positives } = loss;
  const weights = normalizer === 'weights' && weighted;
  const counted =
    normalizer === 'positives'
      ? link === 'softmax'
        ? 'select(1.0, 0.0, bitcast<f32>(label) == call.background)'
        : positives === 'ones'
          ? 'select(0.0, 1.0, label == ONE)'
          : 'select(0.0, bitcast<f32>(label), label <= ONE)'
      : weights
        ? 'select(0.0, bitcast<f32>(weights[i]), weights[i] < INFINITY)'
        : '1.0';
  // A binding that a kernel declares and does not read would be missing from its layout.
  const ofRow = normalizer === 'positives' && targetRows;
  const looks = ofRow || ignoreIndex !== undefined || counted.includes('label');
  const add = `own = plusTerm(own, ${counted});`;
  const one = `${looks ? `let label = ${labelAt(targets, 'i')};\n    ` : ''}${
    ignoreIndex === undefined ? add : `if (bitcast<f32>(label) != call.ignoreIndex) { ${add} }`
  }`;
  // What a row of probabilities gives to other classes than the background.
  const row = `let label = ${labelAt(targets, 'i')};
    let class_ = i / ${inner > 1 ? 'call.inner' : '1u'} % call.classes;
    if (f32(class_) != call.background) { own = plusTerm(own, select(0.0, bitcast<f32>(label), label <= ONE)); }`;
  const code = `${SUM}

${plusTerm}

${groupSum(grid)}

const ONE = 0x3f800000u;
${looks && targets !== 'float32' ? `\n${labelFunction(targets)}\n` : ''}
${callStruct(loss)}

@group(0) @binding(0) var<uniform> call: Call;
${looks ? '@group(0) @binding(2) var<storage, read> targets: array<u32>;\n' : ''}${weights ? '@group(0) @binding(3) var<storage, read> weights: array<u32>;\n' : ''}@group(0) @binding(7) var<storage, read_write> partials: array<Sum>;

${main(
  grid,
  `  var own = Sum();
  for (var i = group.x * ${WORKGROUP}u + local; i < call.n${ofRow ? ' * call.classes' : ''}; i += groups.x * ${WORKGROUP}u) {
    ${ofRow ? row : one}
  }
  let total = groupSum(own, local);
  if (local == 0u) { partials[call.firstPartial + group.x] = total; }`,
)}`;
  return [`${directives(subgroup)}// The denominator of ${loss.name}.`, BITS, prelude(code), code].join('\n\n');
}
