import type { Loss } from '@focal-loss/core';
import { argumentsOf, callStruct } from './call.ts';
import { prelude } from './ops.ts';
import { groupSum, SUM, teamMax, teamSum, WIDE, WORKGROUP } from './reduce.ts';
import { BITS, type Dtype, HALVES, logitFunction } from './storage.ts';
import { lossFunction, marginLoss, rowFunctions, scaleFunction } from './wgsl.ts';

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
  /** Invocations that share a row: 1, 16 or 256. Of no meaning at a sigmoid. */
  readonly lanes: number;
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
  const { loss, dtype, grad, value, weighted, measured, lanes } = task;
  const known = written.get(loss) ?? new Map<string, string>();
  written.set(loss, known);
  const key = [dtype, grad, value, weighted, measured, lanes].join();
  const code = known.get(key) ?? (loss.link === 'softmax' ? rowwise(task) : elementwise(task));
  known.set(key, code);
  return code;
}

/** Invocations of a kernel's workgroups, given how many of them share a row. */
const workgroupOf = (lanes: number): number => (lanes > WORKGROUP ? WIDE : WORKGROUP);

/** Entries that one workgroup takes at a time. */
export const entriesAtOnce = ({ loss, dtype, lanes }: Pick<Task, 'loss' | 'dtype' | 'lanes'>): number =>
  loss.link === 'softmax' ? workgroupOf(lanes) / lanes : WORKGROUP * (dtype === 'float16' ? 2 : 1);

/** The kernel of a sigmoid loss: an invocation takes one logit after the other, or with float16 one pair. */
export function elementwise(task: Task): string {
  const { loss, dtype, grad, value } = task;
  const { code, params } = lossFunction(loss, { slope: grad });
  const answer = grad ? 'vec2u' : 'u32';
  const call = `loss(bitcast<f32>(x), y${argumentsOf(params)})`;
  const result = grad
    ? `let at = ${call};\n  return bitcast<vec2u>(scale * vec2f(at.value, at.slope));`
    : `return bitcast<u32>(scale * ${call});`;
  const entry = `/// ${grad ? 'Loss and slope' : 'The loss'} of entry i, as bits: a compiler may assume that no float is NaN.
fn entry(i: u32) -> ${answer} {
  let label = targets[i];
  let y = bitcast<f32>(label);
${badInput(task, 'label > ONE && label != MINUS_ZERO', `return ${answer}(NAN);`)}
  let scale = ${scale(task)};
  if (scale == 0.0) { return ${answer}(); }
  let x = logit(i);
  if (isNan(x)) { return ${answer}(NAN); }
  ${result}
}`;
  return assemble(task, [code, entry], dtype === 'float16' ? pairLoop(task) : singleLoop(grad, value));
}

function singleLoop(grad: boolean, value: Task['value']): string {
  return `for (var i = group.x * ${WORKGROUP}u + local; i < call.n; i += groups.x * ${WORKGROUP}u) {
    let at = entry(i);
    ${[...keep(value, 'i', grad ? 'at.x' : 'at'), ...(grad ? ['grad[i] = at.y;'] : [])].join('\n    ')}
  }`;
}

function pairLoop({ grad, value }: Task): string {
  const loss = (name: string) => (grad ? `${name}.x` : name);
  const lines = (i: string, name: string, indent: string) =>
    keep(value, i, loss(name))
      .map((line) => `\n${indent}${line}`)
      .join('');
  return `for (var pair = group.x * ${WORKGROUP}u + local; 2u * pair < call.n; pair += groups.x * ${WORKGROUP}u) {
    let i = 2u * pair;
    let first = entry(i);${lines('i', 'first', '    ')}
    if (i + 1u < call.n) {
      let second = entry(i + 1u);${lines('i + 1u', 'second', '      ')}
${grad ? '      atomicStore(&grad[pair], halfBits(first.y) | (halfBits(second.y) << 16u));\n    } else {\n      storeHalf(i, halfBits(first.y));\n' : ''}    }
  }`;
}

/** The statements that keep one loss. */
const keep = (value: Task['value'], i: string, bits: string): string[] =>
  value === 'sums' ? [`own = plus(own, term(${bits}));`] : value === 'each' ? [`values[${i}] = ${bits};`] : [];

/**
 * The kernel of a softmax loss. A team of invocations takes a row in three turns: the largest of the other logits, the
 * sum of their shares, and the gradient. Teams beyond the last row repeat it and keep nothing, so that all of a
 * workgroup meet at its barriers.
 */
export function rowwise(task: Task): string {
  const { loss, grad, value, lanes } = task;
  const { code, params } = marginLoss(loss, { slope: grad });
  const answer = grad ? 'vec2u' : 'u32';
  const team = lanes > 1;
  const result = grad
    ? `let at = loss(margin${argumentsOf(params)});
    var answer = bitcast<vec2u>(scale * vec2f(at.value, at.slope));`
    : `var answer = bitcast<u32>(scale * loss(margin${argumentsOf(params)}));`;
  const workgroup = workgroupOf(lanes);
  const rows = workgroup / lanes;
  const step = `j += ${lanes}u`;
  const start = team ? 'lane' : '0u';
  const kept = keep(value, 'i', grad ? 'answer.x' : 'answer').join(' ');
  const condition = team ? 'inside && lane == 0u' : 'inside';
  const loop = `for (var tile = group.x * ${rows}u; tile < call.n; tile += groups.x * ${rows}u) {
    let inside = tile + local${team ? ` / ${lanes}u` : ''} < call.n;
    let i = min(tile + local${team ? ` / ${lanes}u` : ''}, call.n - 1u);
${team ? `    let lane = local % ${lanes}u;\n` : ''}    let first = i * call.classes;
    let y = bitcast<f32>(targets[i]);
    let isClass = !isNan(targets[i]) && y >= 0.0 && y < f32(call.classes) && floor(y) == y;
    let hit = select(0u, u32(y), isClass);

    var largest = bitcast<f32>(logit(first + select(0u, 1u, hit == 0u)));
    var met = 0u;
    for (var j = ${start}; j < call.classes; ${step}) {
      let x = logit(first + j);
      met |= u32(isNan(x));
      if (j != hit) { largest = max(largest, bitcast<f32>(x)); }
    }
${team ? '    largest = teamMax(largest, local);\n' : ''}
    var shares = Sum(0.0, 0.0, met);
    for (var j = ${start}; j < call.classes; ${step}) {
      if (j != hit) { shares = plus(shares, Sum(share(bitcast<f32>(logit(first + j)), largest), 0.0, 0u)); }
    }
${team ? `    shares = teamSum(shares, local);\n` : ''}    let sum = shares.high + shares.low;

    let x = logit(first + hit);
    let margin = marginOf(bitcast<f32>(x), largest, sum);
    // ∞ - ∞, or any NaN in the row.
    let isNone = shares.met != 0u || (x == bitcast<u32>(largest) && (x & INFINITY) == INFINITY);
    let scale = ${scale(task)};
    ${result}
    var plain = false;
    if (${bad(task, '!isClass')}) { answer = ${answer}(NAN); }
    else if (scale == 0.0) { answer = ${answer}(); }
    else if (isNone) { answer = ${answer}(NAN); }
    else { plain = true; }
${kept === '' ? '' : `    if (${condition}) { ${kept} }\n`}${grad ? spread(task, start, step) : ''}  }`;
  return assemble(
    task,
    [code, rowFunctions, ...(team ? [teamMax(lanes, workgroup), teamSum(lanes, workgroup)] : [])],
    loop,
  );
}

/** The gradient of a row: the slope at its class, and -r_j times the slope at the others. */
function spread({ dtype }: Task, start: string, step: string): string {
  if (dtype === 'float32') {
    return `    let others = -bitcast<f32>(answer.y) / sum;
    for (var j = ${start}; inside && j < call.classes; ${step}) {
      let other = bitcast<u32>(others * share(bitcast<f32>(logit(first + j)), largest));
      grad[first + j] = select(answer.y, other, plain && j != hit);
    }
`;
  }
  return `    let others = -bitcast<f32>(answer.y) / sum;
    let last = first + call.classes - 1u;
    for (var j = first / 2u + ${start}; inside && j <= last / 2u; ${step}) {
      var halves = array<u32, 2>();
      for (var k = 0u; k < 2u; k++) {
        let at = clamp(2u * j + k, first, last);
        let other = bitcast<u32>(others * share(bitcast<f32>(logit(at)), largest));
        halves[k] = halfBits(select(answer.y, other, plain && at != first + hit));
      }
      // A word at an end of the row may be half the next row's.
      if (2u * j < first) { storeHalf(first, halves[1]); }
      else if (2u * j == last) { storeHalf(last, halves[0]); }
      else { atomicStore(&grad[j], halves[0] | (halves[1] << 16u)); }
    }
`;
}

/** Whether entry i has a target or a weight that is none, given a test of its target. An ignored one may have any. */
function bad({ loss, weighted }: Task, badTarget: string): string {
  const any = weighted ? `(${badTarget}) || (weights[i] >= INFINITY && weights[i] != MINUS_ZERO)` : badTarget;
  return loss.ignoreIndex === undefined ? any : `y != call.ignoreIndex && (${any})`;
}

const badInput = (task: Task, badTarget: string, then: string) => `  if (${bad(task, badTarget)}) { ${then} }`;

/** What entry i is multiplied by: 1 / denominator, and what its weight and target have to do with it. */
function scale({ loss, weighted, measured }: Task): string {
  const inverse = measured ? 'inverse[0]' : 'call.inverse';
  const weight = weighted ? ['bitcast<f32>(weights[i])'] : [];
  const { params } = scaleFunction(loss);
  const args = params.map(({ name }) => (name === 'alpha' && loss.link === 'softmax' ? 'alphas[hit]' : `call.${name}`));
  const own = args.length > 0 ? [`scaleOf(${['y', weight[0] ?? '1.0', ...args].join(', ')})`] : weight;
  return [inverse, ...own].join(' * ');
}

/** Puts bindings, helpers, functions and the body of `main` together. */
function assemble(task: Task, functions: readonly string[], loop: string): string {
  const { loss, dtype, grad, value, weighted, measured, lanes } = task;
  const softmax = loss.link === 'softmax';
  const binding = (name: keyof typeof BINDING, type: string, access = 'read') =>
    `@group(0) @binding(${BINDING[name]}) var<storage, ${access}> ${name === 'value' && value === 'sums' ? 'partials' : name === 'value' ? 'values' : name}: array<${type}>;`;
  const bindings = [
    `@group(0) @binding(${BINDING.call}) var<uniform> call: Call;`,
    binding('logits', 'u32'),
    binding('targets', 'u32'),
    ...(weighted ? [binding('weights', 'u32')] : []),
    ...(softmax && loss.alpha !== undefined ? [binding('alphas', 'f32')] : []),
    ...(measured ? [binding('inverse', 'f32')] : []),
    ...(grad ? [binding('grad', dtype === 'float16' ? 'atomic<u32>' : 'u32', 'read_write')] : []),
    ...(value === 'none' ? [] : [binding('value', value === 'sums' ? 'Sum' : 'u32', 'read_write')]),
  ];
  const sums = value === 'sums';
  const workgroup = softmax ? workgroupOf(lanes) : WORKGROUP;
  // Where all of a workgroup share a row, the first invocation has its sum.
  const lone = softmax && lanes === workgroup;
  const parts = [
    `// ${loss.name}: ${[value !== 'none' && 'value', grad && 'gradient'].filter(Boolean).join(' and ')}, ${softmax ? 'rowwise' : 'elementwise'}, ${dtype} logits.`,
    [callStruct(loss), '', ...bindings].join('\n'),
    [...(softmax ? [] : ['const ONE = 0x3f800000u;']), 'const MINUS_ZERO = 0x80000000u;', BITS].join('\n'),
    logitFunction(dtype),
    ...(grad && dtype === 'float16' ? [HALVES] : []),
    ...(sums || softmax ? [SUM] : []),
    ...(sums && !lone ? [groupSum(workgroup)] : []),
    ...(scaleFunction(loss).params.length > 0 ? [scaleFunction(loss).code] : []),
    ...functions,
    `@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
${sums ? '  var own = Sum();\n' : ''}  ${loop}
${sums ? `  ${lone ? '' : 'own = groupSum(own, local);\n  '}if (local == 0u) { partials[call.firstPartial + group.x] = own; }\n` : ''}}`,
  ];
  const [title, bindingText, ...rest] = parts;
  return [title, bindingText, prelude(rest.join('\n')), ...rest].join('\n\n');
}
