import { argumentsOf } from './call.ts';
import { bad, scale } from './entry.ts';
import type { Parts, Task } from './kernel.ts';
import { WORKGROUP } from './reduce.ts';
import { lossFunction } from './wgsl.ts';

/**
 * The kernel of a sigmoid loss. An invocation takes {@link Task.width} logits, and then the next so many. Nearly all have
 * hard labels and are near: for those there is one short program without a branch. What is rare is remembered, and done in
 * a loop of its own, so that nobody waits for it who has none.
 */
export function elementwise(task: Task): Parts {
  const { loss, grad, weighted } = task;
  const { code, params, ofMargin } = lossFunction(loss, { slope: grad });
  const args = argumentsOf(params);
  const what = grad ? 'Loss and slope' : 'The loss';
  const scaled = (side: string) => (grad ? `scale * vec2f(at.value, ${side}at.slope)` : 'scale * at');
  const usual = `/// ${what} of ${ofMargin ? 'a hard label and a near logit' : 'a near logit'}.
fn usual(x: f32, y: f32${weighted ? ', weight: f32' : ''}) -> ${grad ? 'vec2f' : 'f32'} {
  let scale = ${scale(task)};
${
  ofMargin
    ? `  let side = 2.0 * y - 1.0;
  let at = ${ofMargin}(side * x${args});
  return ${scaled('side * ')};`
    : `  let at = loss(x, y${args});
  return ${scaled('')};`
}
}`;
  const bits = `x: u32, label: u32${weighted ? ', weightBits: u32' : ''}`;
  const answer = grad ? 'vec2u' : 'u32';
  const entry = `/// ${what} of any entry, as bits: a compiler may assume that no float is NaN.
fn entry(${bits}) -> ${answer} {
  let y = bitcast<f32>(label);
${weighted ? '  let weight = bitcast<f32>(weightBits);\n' : ''}  if (${bad(task, 'label > ONE && label != MINUS_ZERO')}) { return ${answer}(NAN); }
  let scale = ${scale(task)};
  if (scale == 0.0) { return ${answer}(); }
  if (isNan(x)) { return ${answer}(NAN); }
  let at = loss(bitcast<f32>(x), y${args});
  return bitcast<${answer}>(${scaled('')});
}`;
  const isRare = `/// Whether an entry is too much for \`usual\`: a number that is none, a large one, a soft label.
fn isRare(${bits}) -> bool {
  let far = (x & 0x7fffffffu) > FAR_BITS;
  let odd = ${ofMargin ? '(label != 0u) & (label != ONE)' : 'label > ONE'};
  return far | odd${weighted ? ' | (weightBits >= INFINITY)' : ''};
}`;
  return { functions: [code, usual, entry, isRare], body: body(task) };
}

/** Turns of an invocation before it does what was rare in them: as many as a word has bits to remember. */
const TURNS = 32;

function body(task: Task): string {
  const { grad, value, weighted, width } = task;
  const { parts, read, write, rest, also = [] } = turns[width];
  const inputs = { x: 'logits', label: 'targets', ...(weighted ? { weight: 'weights' } : {}) };
  const names = Object.keys(inputs);
  const at = ['a', 'b', 'c', 'd'].slice(0, width);
  const losses = grad ? at.map((name) => `${name}.x`) : at;
  const slopes = at.map((name) => `${name}.y`);
  const sums = value === 'sums';
  const unusual = [
    ...parts.map((part) => `isRare(${names.map((name) => name + part).join(', ')})`),
    ...also,
    ...(sums ? ['!isFinite(bitcast<u32>(terms))'] : []),
  ];
  const statements = [
    ...Object.entries(inputs).map(([name, buffer]) => `let ${name} = ${read(buffer)};`),
    ...parts.map((part, k) => {
      const numbers = names.map((name) => `bitcast<f32>(${name}${part})`);
      return `let ${at[k]} = usual(${numbers.join(', ')});`;
    }),
    ...(sums ? [`let terms = ${pairwise(losses)};`] : []),
    `let unusual = ${unusual.join('\n        | ')};`,
    'rare |= select(0u, 1u << turn, unusual);',
    'if (!unusual) {',
    ...(sums ? ['  own = plus(own, Sum(terms, 0.0, 0u));'] : []),
    ...(value === 'each' ? [`  ${write('values', losses)}`] : []),
    ...(grad ? [`  ${write('grad', slopes)}`] : []),
    '}',
  ];
  const entries = width === 1 ? '' : `${width}u * `;
  return `let stride = groups.x * ${WORKGROUP}u;
  for (var first = group.x * ${WORKGROUP}u + local; ${entries}first < call.n; first += ${TURNS}u * stride) {
    var rare = 0u;
    for (var turn = 0u; (turn < ${TURNS}u) & (${entries}(first + turn * stride) < call.n); turn++) {
      let i = first + turn * stride;
      ${statements.join('\n      ')}
    }
    for (; rare != 0u; rare &= rare - 1u) {
      let i = first + firstTrailingBit(rare) * stride;
      ${rest(task).join('\n      ')}
    }
  }`;
}

/** How the logits of one turn are read and written. */
interface Turn {
  /** What each has of the names that are read. */
  readonly parts: readonly string[];
  read(buffer: string): string;
  write(buffer: 'values' | 'grad', floats: readonly string[]): string;
  /** The statements that do turn i one logit after the other. */
  rest(task: Task): string[];
  /** What else makes a turn unusual. */
  readonly also?: readonly string[];
}

const turns: Readonly<Record<Task['width'], Turn>> = {
  1: {
    parts: [''],
    read: (buffer) => `${buffer}[i]`,
    write: (buffer, [a]) => `${buffer}[i] = bitcast<u32>(${a});`,
    rest: (task) => one(task, (buffer) => `${buffer}[i]`),
  },
  // float16: two to a word of the gradient, and the last may be half somebody else's.
  2: {
    parts: ['.x', '.y'],
    read: (buffer) =>
      buffer === 'logits'
        ? 'vec2u(logit(2u * i), logit(2u * i + 1u))'
        : `vec2u(${buffer}[2u * i], ${buffer}[2u * i + 1u])`,
    write: (buffer, [a, b]) =>
      buffer === 'grad'
        ? `atomicStore(&grad[i], halfBits(bitcast<u32>(${a})) | (halfBits(bitcast<u32>(${b})) << 16u));`
        : `values[2u * i] = bitcast<u32>(${a}); values[2u * i + 1u] = bitcast<u32>(${b});`,
    rest: (task) => [
      'for (var j = 2u * i; j < min(2u * i + 2u, call.n); j++) {',
      ...one(
        task,
        (buffer) => (buffer === 'logits' ? 'logit(j)' : `${buffer}[j]`),
        (bits) => `storeHalf(j, halfBits(${bits}));`,
      ).map((line) => `  ${line}`),
      '}',
    ],
    also: ['(2u * i + 1u == call.n)'],
  },
  // float32 where n is a multiple of four: fewer and wider transfers, and one addition to the sum for all four.
  4: {
    parts: ['.x', '.y', '.z', '.w'],
    read: (buffer) => `${buffer}[i]`,
    write: (buffer, floats) => `${buffer}[i] = bitcast<vec4u>(vec4f(${floats.join(', ')}));`,
    rest: (task) => [
      'for (var k = 0u; k < 4u; k++) {',
      ...one(task, (buffer) => `${buffer}[i][k]`).map((line) => `  ${line}`),
      '}',
    ],
  },
};

/** The statements that do one entry, whatever it is. */
function one(
  { grad, value, weighted }: Task,
  place: (buffer: string) => string,
  store = (bits: string) => `${place('grad')} = ${bits};`,
): string[] {
  const inputs = ['logits', 'targets', ...(weighted ? ['weights'] : [])];
  const loss = grad ? 'at.x' : 'at';
  return [
    `let at = entry(${inputs.map(place).join(', ')});`,
    ...(value === 'sums' ? [`own = withTerm(own, ${loss});`] : []),
    ...(value === 'each' ? [`${place('values')} = ${loss};`] : []),
    ...(grad ? [store('at.y')] : []),
  ];
}

/** The sum of one, two or four. */
const pairwise = ([a, b, c, d]: readonly string[]): string =>
  b === undefined ? a : c === undefined ? `${a} + ${b}` : `(${a} + ${b}) + (${c} + ${d})`;
