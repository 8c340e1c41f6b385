import type { Loss } from '@focal-loss/core';
import { directives, type Grid, main } from './grid.ts';
import { prelude } from './ops.ts';
import { BINDING, inverseOf, WORKGROUP } from './spec.ts';
import { BITS } from './storage.ts';
import { plusBits } from './stores.ts';
import { groupSum, plusTerm, SUM, withTerm } from './sums.ts';
import { callStruct } from './uniforms.ts';

/** What a second stage makes of the sum. */
type Finish = 'total' | 'inverse' | 'inverse, at least 1' | 'count';

/** What stands around a second stage. */
interface Around {
  /** Whether what all is multiplied by lies in a buffer. */
  readonly measured?: boolean;
  /** Whether the result is added to what is there. */
  readonly adds?: boolean;
  /** Whether a part of what all is multiplied by lies in a buffer. */
  readonly scaled?: boolean;
}

/** What of a device matters here. */
interface Device {
  readonly widest: number;
  readonly subgroup: number;
}

const texts = new Map<string, string>();

/** A text that no loss has a part in, written once. */
function once(key: string, write: () => string): string {
  const text = texts.get(key) ?? write();
  texts.set(key, text);
  return text;
}

/** What all is multiplied by but for a denominator. */
const numerator = (scaled: boolean) => (scaled ? 'call.inverse * scale[0]' : 'call.inverse');

const finishes = ({ measured = false, adds = false, scaled = false }: Around): Readonly<Record<Finish, string>> => ({
  total: `let sum = total.high + total.low;
    let inverseOfAll = ${inverseOf({ measured })};
    var bits = bitcast<u32>(sum * inverseOfAll + total.far);
    var low = bitcast<u32>(sumLow(total.high, total.low, sum) * inverseOfAll);
    if (!isFinite(bits)) { low = 0u; }
    if ((total.met & 2u) != 0u) { bits = INFINITY; low = 0u; }
    if ((total.met & 4u) != 0u) { bits = 0xff800000u; low = 0u; }
    if ((total.met & 1u) != 0u || (total.met & 6u) == 6u) { bits = NAN; low = 0u; }
    result[0] = ${adds ? 'plusBits(result[0], bits)' : 'bits'};
    // Whoever gives room for two gets what rounding took from the first.
    if (arrayLength(&result) > 1u) { result[1] = low; }`,
  inverse: `let value = total.high + total.low;
    result[0] = bitcast<u32>(select(0.0, ${numerator(scaled)} / value, value > 0.0));`,
  'inverse, at least 1': `result[0] = bitcast<u32>(${numerator(scaled)} / max(total.high + total.low, 1.0));`,
  count: `let value = bitcast<u32>(total.high + total.low);
    result[0] = ${adds ? 'plusBits(result[0], value)' : 'value'};`,
});

/** The second stage: one workgroup, a wide one if there is much to do, that adds up `call.partials` sums. */
function secondStage(finish: Finish, partials: number, { widest, subgroup }: Device, around: Around = {}): string {
  const grid = { workgroup: partials > WORKGROUP ? widest : WORKGROUP, subgroup };
  return once([finish, grid.workgroup, subgroup, JSON.stringify(around)].join(), () => stage(finish, grid, around));
}

function stage(finish: Finish, grid: Grid, around: Around): string {
  const { measured = false, adds = false, scaled = false } = around;
  const { subgroup } = grid;
  const step = `${grid.workgroup}u`;
  const code = `${SUM}
${adds ? `\n${plusBits}\n` : ''}
${groupSum(grid)}

${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> partials: array<Sum>;
@group(0) @binding(2) var<storage, read_write> result: array<u32>;
${measured ? `@group(0) @binding(${BINDING.inverse}) var<storage, read> inverse: array<f32>;\n` : ''}${scaled ? SCALE : ''}
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
    ${finishes(around)[finish]}
  }`,
)}`;
  return [
    `${directives(subgroup)}// The second stage: ${finish}${adds ? ', added' : ''}.`,
    BITS,
    prelude(code),
    code,
  ].join('\n\n');
}

/** Sums of `call.classes` losses at a time, of which there are `call.n`, a workgroup each. */
export const examplesKernel = (subgroup: number, adds: boolean): string =>
  once(`examples, ${subgroup}, ${adds}`, () => writeExamples(subgroup, adds));

function writeExamples(subgroup: number, adds: boolean): string {
  const grid = { workgroup: WORKGROUP, subgroup };
  const code = `${SUM}
${adds ? `\n${plusBits}\n` : ''}
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
    if (local == 0u) { result[example] = ${adds ? 'plusBits(result[example], bits)' : 'bits'}; }
  }`,
)}`;
  return [`${directives(subgroup)}// The sums of examples${adds ? ', added' : ''}.`, BITS, prelude(code), code].join(
    '\n\n',
  );
}

const SCALE = `@group(0) @binding(${BINDING.weights}) var<storage, read> scale: array<f32>;
`;

/** The second stage of a loss: its sum over the denominator, which may lie in a buffer. */
export const totalKernel = (partials: number, device: Device, measured: boolean, adds: boolean): string =>
  secondStage('total', partials, device, { measured, adds });

const inverseFinish = ({ normalizer }: Loss): 'inverse' | 'inverse, at least 1' =>
  normalizer === 'positives' ? 'inverse, at least 1' : 'inverse';

/** The second stage of the denominator: what all is multiplied by, 0 if there is nothing to average. */
export const inverseKernel = (loss: Loss, partials: number, device: Device, scaled: boolean): string =>
  secondStage(inverseFinish(loss), partials, device, { scaled });

/** The second stage of a count that is a result of its own. */
export const countKernel = (partials: number, device: Device, adds: boolean): string =>
  secondStage('count', partials, device, { adds });

/**
 * What all is multiplied by, of a denominator or a scale that lies in a buffer. A denominator that is none, or below 0, makes
 * NaN; 0 is what it is for the loss's own: 1 if positives are counted, else nothing to average.
 */
export function factorKernel(loss: Loss, divided: boolean, scaled: boolean): string {
  const finish = inverseFinish(loss);
  const value = {
    inverse: `select(0.0, ${numerator(scaled)} / count, count > 0.0)`,
    'inverse, at least 1': `${numerator(scaled)} / max(count, 1.0)`,
  }[finish];
  return once(`factor, ${divided && finish}, ${scaled}`, () =>
    [
      '// What all is multiplied by.',
      BITS,
      `${callStruct()}

@group(0) @binding(0) var<uniform> call: Call;
${divided ? '@group(0) @binding(1) var<storage, read> normalizer: array<u32>;\n' : ''}@group(0) @binding(2) var<storage, read_write> result: array<u32>;
${scaled ? SCALE : ''}
@compute @workgroup_size(1)
fn main() {
${
  divided
    ? `  let bits = normalizer[0];
  let count = bitcast<f32>(bits);
  // Beyond ∞ are NaN and what has a sign.
  result[0] = select(bitcast<u32>(${value}), NAN, bits > INFINITY && bits != 0x80000000u);`
    : `  result[0] = bitcast<u32>(${numerator(scaled)});`
}
}`,
    ].join('\n\n'),
  );
}
