import type { Grid } from './grid.ts';

/**
 * Sums in float32 pairs. A workgroup adds up what its invocations found in a tree through its memory, always in the
 * same order; a second stage of one workgroup does the same with the workgroups' sums. Where a compiler folds the pairs'
 * low parts away, the trees alone keep six digits.
 */
export const SUM = `/// A sum in two parts, what is too large for it, over the denominator, and whether it met NaN (1), ∞ (2) or -∞ (4), which
/// stay out of the arithmetic.
struct Sum { high: f32, low: f32, far: f32, met: u32 }

fn plus(a: Sum, b: Sum) -> Sum {
  let high = a.high + b.high;
  return Sum(high, sumLow(a.high, b.high, high) + (a.low + b.low), a.far + b.far, a.met | b.met);
}`;

/** `fn plusTerm(own: Sum, term: f32) -> Sum`, of one number that is near 0 enough for sums of many to be numbers. */
export const plusTerm = `fn plusTerm(own: Sum, term: f32) -> Sum {
  let high = own.high + term;
  return Sum(high, sumLow(own.high, term, high) + own.low, own.far, own.met);
}`;

/**
 * `fn withTerm(own: Sum, bits: u32) -> Sum`, of one number, given as bits. Numbers are added up as they are, since a small one
 * over the denominator may be 0; those from 2⁹⁶ on, of which many have no sum, over the denominator.
 */
export const withTerm = (inverse: string): string => `/// A sum and one number more.
fn withTerm(own: Sum, bits: u32) -> Sum {
  var all = plusTerm(own, bitcast<f32>(bits));
  for (var rare = (bits & 0x7fffffffu) > 0x6f800000u; rare; rare = false) {
    all = Sum(own.high, own.low, own.far + ${inverse} * bitcast<f32>(bits), own.met);
    if (isFinite(bits)) { continue; }
    let met = select(select(4u, 2u, bits == INFINITY), 1u, isNan(bits));
    all = Sum(own.high, own.low, own.far, own.met | met);
  }
  return all;
}`;

/** `fn teamSum(own: Sum, local: u32) -> Sum`: the sum over each team of a workgroup, for all of the team. */
export const teamSum = (lanes: number, grid: Grid): string => team('teamSum', sum, lanes, grid);

/** `fn teamMax(own: f32, local: u32) -> f32`, likewise. */
export const teamMax = (lanes: number, grid: Grid): string => team('teamMax', maximum, lanes, grid);

/** `fn teamFirst(own: u32, local: u32) -> u32`: the least of them. */
export const teamFirst = (lanes: number, grid: Grid): string => team('teamFirst', least, lanes, grid);

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
    `Sum(${['high', 'low', 'far', 'met'].map((part) => `subgroupShuffleXor(${own}.${part}, ${mask})`).join(', ')})`,
};

const maximum: Reduced = {
  type: 'f32',
  combine: (a, b) => `max(${a}, ${b})`,
  exchange: (own, mask) => `subgroupShuffleXor(${own}, ${mask})`,
};

const least: Reduced = { ...maximum, type: 'u32', combine: (a, b) => `min(${a}, ${b})` };

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
