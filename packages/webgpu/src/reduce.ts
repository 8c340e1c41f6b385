import type { Loss } from '@focal-loss/core';
import { callStruct } from './call.ts';
import { prelude } from './ops.ts';
import { BITS } from './storage.ts';

/** Invocations of a workgroup, where not a whole workgroup of {@link WIDE} shares a row. */
export const WORKGROUP = 64;

/** The most invocations that WebGPU promises of a workgroup: for long rows, and for the second stage. */
export const WIDE = 256;

/**
 * Sums in float32 pairs. A workgroup adds up what its invocations found in a tree through its memory, always in the
 * same order; a second stage of one workgroup does the same with the workgroups' sums. Where a compiler folds the pairs'
 * low parts away, the trees alone keep six digits.
 */
export const SUM = `/// A sum in two parts, and whether it met NaN (1), ∞ (2) or -∞ (4), which stay out of the arithmetic.
struct Sum { high: f32, low: f32, met: u32 }

fn plus(a: Sum, b: Sum) -> Sum {
  let high = a.high + b.high;
  return Sum(high, sumLow(a.high, b.high, high) + (a.low + b.low), a.met | b.met);
}

/// One number, given as bits.
fn term(bits: u32) -> Sum {
  let finite = (bits & INFINITY) != INFINITY;
  let met = select(select(4u, 2u, bits == INFINITY), 1u, isNan(bits));
  return Sum(select(0.0, bitcast<f32>(bits), finite), 0.0, select(met, 0u, finite));
}`;

/** `fn teamSum(own: Sum, local: u32) -> Sum`: the sum over each team of a workgroup, for all of the team. */
export const teamSum = (lanes: number, workgroup: number): string =>
  team('teamSum', 'Sum', (a, b) => `plus(${a}, ${b})`, lanes, workgroup);

/** `fn teamMax(own: f32, local: u32) -> f32`, likewise. */
export const teamMax = (lanes: number, workgroup: number): string =>
  team('teamMax', 'f32', (a, b) => `max(${a}, ${b})`, lanes, workgroup);

/** `fn groupSum(own: Sum, local: u32) -> Sum`: the sum over a whole workgroup. */
export const groupSum = (workgroup: number): string =>
  team('groupSum', 'Sum', (a, b) => `plus(${a}, ${b})`, workgroup, workgroup);

/**
 * Few slots, because implementations clear all of a workgroup's memory before it starts, and few barriers: 2√lanes slots,
 * through which the upper invocations hand what they have to the lower ones; what then lies in them is added up by each.
 */
function team(
  name: string,
  type: string,
  combine: (a: string, b: string) => string,
  lanes: number,
  workgroup: number,
): string {
  const slots = 2 * Math.sqrt(lanes);
  const teams = workgroup / lanes;
  const memory = `${name}Slots`;
  const lane = teams === 1 ? 'local' : `local % ${lanes}u`;
  const at = (place: string) => `${memory}[${teams === 1 ? place : `local / ${lanes}u * ${slots}u + ${place}`}]`;
  return `var<workgroup> ${memory}: array<${type}, ${slots * teams}>;

/// Over each team of ${lanes} invocations, in an order that never changes.
fn ${name}(own: ${type}, local: u32) -> ${type} {
  let lane = ${lane};
  var all = own;
  for (var next = ${slots}u; next < ${lanes}u; next += ${slots}u) {
    if (lane / ${slots}u == next / ${slots}u) { ${at('lane - next')} = all; }
    workgroupBarrier();
    if (lane < ${slots}u) { all = ${combine('all', at('lane'))}; }
    workgroupBarrier();
  }
  if (lane < ${slots}u) { ${at('lane')} = all; }
  workgroupBarrier();
  all = ${at('0u')};
  for (var k = 1u; k < ${slots}u; k++) { all = ${combine('all', at('k'))}; }
  workgroupBarrier();
  return all;
}`;
}

/** What a second stage makes of the sum. */
type Finish = 'total' | 'inverse' | 'inverse, at least 1';

const finishes: Readonly<Record<Finish, string>> = {
  total: `let value = total.high + total.low;
    var bits = bitcast<u32>(value);
    var low = bitcast<u32>(sumLow(total.high, total.low, value));
    if ((bitcast<u32>(total.high) & INFINITY) == INFINITY) { bits = bitcast<u32>(total.high); low = 0u; }
    if ((total.met & 2u) != 0u) { bits = INFINITY; low = 0u; }
    if ((total.met & 4u) != 0u) { bits = 0xff800000u; low = 0u; }
    if ((total.met & 1u) != 0u || (total.met & 6u) == 6u) { bits = NAN; low = 0u; }
    result[0] = bits;
    // Whoever gives room for two gets what rounding took from the first.
    if (arrayLength(&result) > 1u) { result[1] = low; }`,
  inverse: `let value = total.high + total.low;
    result[0] = bitcast<u32>(select(0.0, 1.0 / value, value > 0.0));`,
  'inverse, at least 1': 'result[0] = bitcast<u32>(1.0 / max(total.high + total.low, 1.0));',
};

/** The second stage: one workgroup, a wide one if there is much to do, that adds up `call.partials` sums. */
function secondStage(finish: Finish, partials: number): string {
  const lanes = partials > WORKGROUP ? WIDE : WORKGROUP;
  const code = `${SUM}

${groupSum(lanes)}

${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> partials: array<Sum>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(${lanes})
fn main(@builtin(local_invocation_index) local: u32) {
  var own = Sum();
  for (var i = local; i < call.partials; i += ${lanes}u) { own = plus(own, partials[i]); }
  let total = groupSum(own, local);
  if (local == 0u) {
    ${finishes[finish]}
  }
}`;
  return [`// The second stage: ${finish}.`, BITS, prelude(code), code].join('\n\n');
}

/** The second stage of a loss. */
export const totalKernel = (partials: number): string => secondStage('total', partials);

/** The second stage of the denominator: its inverse, 0 if there is nothing to average. */
export const inverseKernel = (loss: Loss, partials: number): string =>
  secondStage(loss.normalizer === 'positives' ? 'inverse, at least 1' : 'inverse', partials);

/** Whether only the targets or weights tell what the sum is divided by. */
export const isMeasured = ({ reduction, normalizer, ignoreIndex }: Loss, weighted: boolean): boolean =>
  reduction === 'mean' &&
  (ignoreIndex !== undefined || normalizer === 'positives' || (normalizer === 'weights' && weighted));

/**
 * The first stage of the denominator, for buffers whose numbers never leave the GPU. A target or weight that is none
 * counts, and adds nothing: the loss of its entry is NaN anyway.
 */
export function denominatorKernel(loss: Loss, weighted: boolean): string {
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
  const add = `own = plus(own, Sum(${counted}, 0.0, 0u));`;
  const code = `${SUM}

${groupSum(WORKGROUP)}

const ONE = 0x3f800000u;

${callStruct(loss)}

@group(0) @binding(0) var<uniform> call: Call;
${looks ? '@group(0) @binding(2) var<storage, read> targets: array<u32>;\n' : ''}${weights ? '@group(0) @binding(3) var<storage, read> weights: array<u32>;\n' : ''}@group(0) @binding(7) var<storage, read_write> partials: array<Sum>;

@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  var own = Sum();
  for (var i = group.x * ${WORKGROUP}u + local; i < call.n; i += groups.x * ${WORKGROUP}u) {
    ${ignoreIndex === undefined ? add : `if (bitcast<f32>(targets[i]) != call.ignoreIndex) { ${add} }`}
  }
  let total = groupSum(own, local);
  if (local == 0u) { partials[call.firstPartial + group.x] = total; }
}`;
  return [`// The denominator of ${loss.name}.`, BITS, prelude(code), code].join('\n\n');
}
