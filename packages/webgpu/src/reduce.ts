import type { Loss } from '@focal-loss/core';
import { directives, main } from './grid.ts';
import { prelude } from './ops.ts';
import { BINDING, inverseOf, WORKGROUP } from './spec.ts';
import { BITS } from './storage.ts';
import { groupSum, plusTerm, SUM, withTerm } from './sums.ts';
import { callStruct } from './uniforms.ts';

/** What a second stage makes of the sum. */
type Finish = 'total' | 'inverse' | 'inverse, at least 1';

const finishes = (measured: boolean): Readonly<Record<Finish, string>> => ({
  total: `let sum = total.high + total.low;
    let inverseOfAll = ${inverseOf({ measured })};
    var bits = bitcast<u32>(sum * inverseOfAll + total.far);
    var low = bitcast<u32>(sumLow(total.high, total.low, sum) * inverseOfAll);
    if (!isFinite(bits)) { low = 0u; }
    if ((total.met & 2u) != 0u) { bits = INFINITY; low = 0u; }
    if ((total.met & 4u) != 0u) { bits = 0xff800000u; low = 0u; }
    if ((total.met & 1u) != 0u || (total.met & 6u) == 6u) { bits = NAN; low = 0u; }
    result[0] = bits;
    // Whoever gives room for two gets what rounding took from the first.
    if (arrayLength(&result) > 1u) { result[1] = low; }`,
  inverse: `let value = total.high + total.low;
    result[0] = bitcast<u32>(select(0.0, 1.0 / value, value > 0.0));`,
  'inverse, at least 1': 'result[0] = bitcast<u32>(1.0 / max(total.high + total.low, 1.0));',
});

/** What of a device matters here. */
interface Device {
  readonly widest: number;
  readonly subgroup: number;
}

/** The second stage: one workgroup, a wide one if there is much to do, that adds up `call.partials` sums. */
function secondStage(finish: Finish, partials: number, { widest, subgroup }: Device, measured = false): string {
  const grid = { workgroup: partials > WORKGROUP ? widest : WORKGROUP, subgroup };
  const step = `${grid.workgroup}u`;
  const code = `${SUM}

${groupSum(grid)}

${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> partials: array<Sum>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;
${measured ? `@group(0) @binding(${BINDING.inverse}) var<storage, read> inverse: array<f32>;\n` : ''}
fn partial(i: u32) -> Sum {
  if (i < call.partials) { return partials[i]; }
  return Sum();
}

${main(
  grid,
  `  var own = Sum();
  // Four that do not wait for each other.
  for (var i = local; i < call.partials; i += 4u * ${step}) {
    let near = plus(partial(i), partial(i + ${step}));
    let far = plus(partial(i + 2u * ${step}), partial(i + 3u * ${step}));
    own = plus(own, plus(near, far));
  }
  let total = groupSum(own, local);
  if (local == 0u) {
    ${finishes(measured)[finish]}
  }`,
)}`;
  return [`${directives(subgroup)}// The second stage: ${finish}.`, BITS, prelude(code), code].join('\n\n');
}

/** Sums of `call.classes` losses at a time, of which there are `call.n`, a workgroup each. */
export function examplesKernel(subgroup: number): string {
  const grid = { workgroup: WORKGROUP, subgroup };
  const code = `${SUM}

${plusTerm}

${withTerm('1.0')}

${groupSum(grid)}

${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> singles: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;

${main(
  grid,
  `  for (var example = group.x; example < call.n; example += groups.x) {
    var own = Sum();
    for (var i = local; i < call.classes; i += ${WORKGROUP}u) { own = withTerm(own, singles[example * call.classes + i]); }
    let total = groupSum(own, local);
    var bits = bitcast<u32>(total.high + total.low + total.far);
    if ((total.met & 2u) != 0u) { bits = INFINITY; }
    if ((total.met & 4u) != 0u) { bits = 0xff800000u; }
    if ((total.met & 1u) != 0u || (total.met & 6u) == 6u) { bits = NAN; }
    if (local == 0u) { result[example] = bits; }
  }`,
)}`;
  return [`${directives(subgroup)}// The sums of examples.`, BITS, prelude(code), code].join('\n\n');
}

/** The second stage of a loss: its sum over the denominator, which may lie in a buffer. */
export const totalKernel = (partials: number, device: Device, measured: boolean): string =>
  secondStage('total', partials, device, measured);

/** The second stage of the denominator: its inverse, 0 if there is nothing to average. */
export const inverseKernel = (loss: Loss, partials: number, device: Device): string =>
  secondStage(loss.normalizer === 'positives' ? 'inverse, at least 1' : 'inverse', partials, device);
