import type { Loss } from '@focal-loss/core';
import { callStruct } from './call.ts';
import { directives, type Grid, main } from './grid.ts';
import { prelude } from './ops.ts';
import { BITS } from './storage.ts';

/** Invocations of a workgroup. */
export const WORKGROUP = 64;

/** The most that WebGPU promises: for a second stage that has much to do. */
const WIDE = 256;

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
}`;

/** `fn withTerm(own: Sum, bits: u32) -> Sum`, of one number, given as bits. */
export const withTerm = `/// A sum and one number more.
fn withTerm(own: Sum, bits: u32) -> Sum {
  var all = plus(own, Sum(bitcast<f32>(bits), 0.0, 0u));
  for (var rare = !isFinite(bits); rare; rare = false) {
    let met = select(select(4u, 2u, bits == INFINITY), 1u, isNan(bits));
    all = Sum(own.high, own.low, own.met | met);
  }
  return all;
}`;

/** `fn teamSum(own: Sum, local: u32) -> Sum`: the sum over each team of a workgroup, for all of the team. */
export const teamSum = (lanes: number, grid: Grid): string => team('teamSum', sum, lanes, grid);

/** `fn teamMax(own: f32, local: u32) -> f32`, likewise. */
export const teamMax = (lanes: number, grid: Grid): string => team('teamMax', maximum, lanes, grid);

/** `fn groupSum(own: Sum, local: u32) -> Sum`: the sum over a whole workgroup. */
export const groupSum = (grid: Grid): string => team('groupSum', sum, grid.workgroup, grid);

/** Something that is reduced: its type, what two of them make, and what comes from an invocation of the same subgroup. */
interface Reduced {
  readonly type: string;
  combine(a: string, b: string): string;
  exchange(own: string, mask: string): string;
}

const sum: Reduced = {
  type: 'Sum',
  combine: (a, b) => `plus(${a}, ${b})`,
  exchange: (own, mask) =>
    `Sum(${['high', 'low', 'met'].map((part) => `subgroupShuffleXor(${own}.${part}, ${mask})`).join(', ')})`,
};

const maximum: Reduced = {
  type: 'f32',
  combine: (a, b) => `max(${a}, ${b})`,
  exchange: (own, mask) => `subgroupShuffleXor(${own}, ${mask})`,
};

/**
 * First within subgroups, where there are any; what is left goes through memory. Few slots, because implementations clear
 * all of a workgroup's memory before it starts, and few barriers: some slots, through which the upper invocations hand
 * what they have to the lower ones; what then lies in them is added up by each.
 */
function team(
  name: string,
  { type, combine, exchange }: Reduced,
  lanes: number,
  { workgroup, subgroup }: Grid,
): string {
  const near = Math.min(subgroup, lanes);
  // Of so many that have the same, one speaks.
  const voices = lanes / near;
  const slots = voices <= 16 ? voices : voices <= 64 ? 16 : 32;
  const teams = workgroup / lanes;
  const memory = `${name}Slots`;
  const first = near > 1 ? ` && local % ${near}u == 0u` : '';
  const lane = [teams === 1 ? 'local' : `local % ${lanes}u`, ...(near > 1 ? [`${near}u`] : [])].join(' / ');
  const at = (place: string) => `${memory}[${teams === 1 ? place : `local / ${lanes}u * ${slots}u + ${place}`}]`;
  const exchanged = `  for (var mask = 1u; mask < ${near}u; mask *= 2u) { all = ${combine('all', exchange('all', 'mask'))}; }
`;
  const handed = `  for (var next = ${slots}u; next < ${voices}u; next += ${slots}u) {
    if (lane / ${slots}u == next / ${slots}u${first}) { ${at('lane - next')} = all; }
    workgroupBarrier();
    if (lane < ${slots}u) { all = ${combine('all', at('lane'))}; }
    workgroupBarrier();
  }
`;
  const through = `  let lane = ${lane};
${voices > slots ? handed : ''}  if (lane < ${slots}u${first}) { ${at('lane')} = all; }
  workgroupBarrier();
  all = ${at('0u')};
  for (var k = 1u; k < ${slots}u; k++) { all = ${combine('all', at('k'))}; }
  workgroupBarrier();
`;
  return `${voices > 1 ? `var<workgroup> ${memory}: array<${type}, ${slots * teams}>;\n\n` : ''}/// Over each team of ${lanes} invocations, in an order that never changes.
fn ${name}(own: ${type}, local: u32) -> ${type} {
  var all = own;
${near > 1 ? exchanged : ''}${voices > 1 ? through : ''}  return all;
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
function secondStage(finish: Finish, partials: number, subgroup: number): string {
  const grid = { workgroup: partials > WORKGROUP ? WIDE : WORKGROUP, subgroup };
  const step = `${grid.workgroup}u`;
  const code = `${SUM}

${groupSum(grid)}

${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> partials: array<Sum>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;

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
    ${finishes[finish]}
  }`,
)}`;
  return [`${directives(subgroup)}// The second stage: ${finish}.`, BITS, prelude(code), code].join('\n\n');
}

/** The second stage of a loss. */
export const totalKernel = (partials: number, subgroup: number): string => secondStage('total', partials, subgroup);

/** The second stage of the denominator: its inverse, 0 if there is nothing to average. */
export const inverseKernel = (loss: Loss, partials: number, subgroup: number): string =>
  secondStage(loss.normalizer === 'positives' ? 'inverse, at least 1' : 'inverse', partials, subgroup);

/** Whether only the targets or weights tell what the sum is divided by. */
export const isMeasured = ({ reduction, normalizer, ignoreIndex }: Loss, weighted: boolean): boolean =>
  reduction === 'mean' &&
  (ignoreIndex !== undefined || normalizer === 'positives' || (normalizer === 'weights' && weighted));

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
  const add = `own = plus(own, Sum(${counted}, 0.0, 0u));`;
  const code = `${SUM}

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
