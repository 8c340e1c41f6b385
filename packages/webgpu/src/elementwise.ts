import { bad, hasCategories, noLabel, scale, scaled } from './entry.ts';
import { lossFunction, pairwise } from './ops.ts';
import { answerOf, isSingly, type KernelSpec, type KernelText, valuesOf, WORKGROUP } from './spec.ts';
import { labelAt } from './storage.ts';
import { halved, halvedFour, stored } from './stores.ts';
import { argumentsOf } from './uniforms.ts';

/**
 * The kernel of a sigmoid loss. An invocation takes {@link KernelSpec.width} logits, and then the next so many. Nearly all
 * are near, and have labels: for those there is one short program without a branch. What is rare is remembered, and done in a
 * loop of its own, so that nobody waits for it who has none.
 */
export function elementwise(spec: KernelSpec): KernelText {
  const { loss, weighted } = spec;
  const answer = answerOf(spec);
  const soft = takesSoft(loss);
  const { code, params, ofHard, ofAny } = lossFunction(loss, answer.parts, { hard: !soft });
  const args = argumentsOf(params);
  const what = answer.parts.length > 1 ? 'Loss and slope' : 'The loss';
  const category = hasCategories(loss) ? ', category: u32' : '';
  const ignores = loss.ignoreIndex !== undefined;
  // An ignored label is multiplied by 0 whatever it stands for, and must not make a number that is none.
  const label = ignores ? 'select(y, 0.0, y == call.ignoreIndex)' : 'y';
  const at = soft ? `${ofAny}(x, ${label}${args})` : `${ofHard}(x, 2.0 * ${label} - 1.0${args})`;
  const labels = [...(soft ? ['label'] : ['hard label']), ...(ignores ? ['an ignored one'] : [])].join(', or ');
  const usual = `/// ${what} of a ${labels}, and a near logit.
fn usual(x: f32, y: f32${weighted ? ', weight: f32' : ''}${category}) -> ${answer.floats} {
  let scale = ${scale(spec)};
  let at = ${at};
  return ${scaled(spec)};
}`;
  const bits = `x: u32, label: u32${weighted ? ', weightBits: u32' : ''}`;
  const entry = `/// ${what} of any entry, as bits: a compiler may assume that no float is NaN.
fn entry(${bits}${category}) -> ${answer.bits} {
  let y = bitcast<f32>(label);
${weighted ? '  let weight = bitcast<f32>(weightBits);\n' : ''}  if (${bad(spec, 'label', 'label > ONE && label != MINUS_ZERO')}) { return ${answer.bits}(NAN); }
  let scale = ${scale(spec)};
  if (scale == 0.0) { return ${answer.bits}(); }
  if (isNan(x)) { return ${answer.bits}(NAN); }
  let at = loss(bitcast<f32>(x), y${args});
  return bitcast<${answer.bits}>(${scaled(spec)});
}`;
  const odd = soft ? noLabel(spec, 'label') : '(label != 0u) & (label != ONE)';
  const isRare = `/// Whether an entry is too much for \`usual\`: a number that is none, a large one${soft ? '' : ', a soft label'}.
fn isRare(${bits}) -> bool {
  let far = (x & 0x7fffffffu) > FAR_BITS;
  let odd = ${ignores && soft ? `(${odd})` : odd}${ignores ? ' & (label != bitcast<u32>(call.ignoreIndex))' : ''};
  return far | odd${weighted ? ' | (weightBits >= INFINITY)' : ''};
}`;
  const functions = [...(category ? [categoryOf] : []), code, ...(isSingly(spec) ? [entry] : [usual, entry, isRare])];
  return { functions, body: isSingly(spec) ? singly(spec) : body(spec) };
}

/**
 * Whether the short program takes soft labels too, for a few more operations. In a formula of a user's own the half that a hard label
 * leaves out may be infinite, and 0 · ∞ is no number: there only a soft one asks for both.
 */
const takesSoft = ({ key, labels }: KernelSpec['loss']): boolean => key !== undefined || labels === 'alike';

/** `fn categoryOf(i: u32) -> u32`. */
export const categoryOf = `/// The class of logit i.
fn categoryOf(i: u32) -> u32 {
  return (call.first + i) / call.inner % call.categories;
}`;

/** One logit after the other; of float16 two, which share a word. */
const singly = (spec: KernelSpec): string => `let stride = groups.x * ${WORKGROUP}u;
  for (var i = group.x * ${WORKGROUP}u + local; ${spec.width === 1 ? '' : `${spec.width}u * `}i < call.n; i += stride) {
    ${turns[spec.width].rest(spec).join('\n    ')}
  }`;

/** Turns of an invocation before it does what was rare in them: as many as a word has bits to remember. */
const TURNS = 32;

function body(spec: KernelSpec): string {
  const { wants, weighted, width } = spec;
  const answer = answerOf(spec);
  const value = valuesOf(spec);
  const { parts, read, write, rest, also = [] } = turns[width];
  const entries = width === 1 ? '' : `${width}u * `;
  const inputs = { x: 'logits', label: 'targets', ...(weighted ? { weight: 'weights' } : {}) };
  const names = Object.keys(inputs);
  const at = ['a', 'b', 'c', 'd'].slice(0, width);
  const losses = at.map((name) => answer.of(name, 'value'));
  const sums = value === 'sums';
  const unusual = [
    ...parts.map((part) => `isRare(${names.map((name) => name + part).join(', ')})`),
    ...also,
    ...(sums ? ['((bitcast<u32>(terms) & 0x7fffffffu) > FAR_BITS)'] : []),
  ];
  const statements = [
    ...Object.entries(inputs).map(([name, buffer]) => `let ${name} = ${read(buffer, spec)};`),
    ...parts.map((part, k) => {
      const numbers = names.map((name) => `bitcast<f32>(${name}${part})`);
      const category = hasCategories(spec.loss) ? [`categoryOf(${width === 1 ? 'i' : `${entries}i + ${k}u`})`] : [];
      return `let ${at[k]} = usual(${[...numbers, ...category].join(', ')});`;
    }),
    ...(sums ? [`let terms = ${pairwise(losses)};`] : []),
    `let unusual = ${unusual.join('\n        | ')};`,
    'rare |= select(0u, 1u << turn, unusual);',
    'if (!unusual) {',
    ...(sums ? ['  own = plusTerm(own, terms);'] : []),
    ...(value === 'each' ? [`  ${write('values', losses, spec)}`] : []),
    ...(wants.includes('grad')
      ? [
          `  ${write(
            'grad',
            at.map((name) => answer.of(name, 'grad')),
            spec,
          )}`,
        ]
      : []),
    '}',
  ];
  return `let stride = groups.x * ${WORKGROUP}u;
  for (var first = group.x * ${WORKGROUP}u + local; ${entries}first < call.n; first += ${TURNS}u * stride) {
    var rare = 0u;
    for (var turn = 0u; (turn < ${TURNS}u) & (${entries}(first + turn * stride) < call.n); turn++) {
      let i = first + turn * stride;
      ${statements.join('\n      ')}
    }
    for (; rare != 0u; rare &= rare - 1u) {
      let i = first + firstTrailingBit(rare) * stride;
      ${rest(spec).join('\n      ')}
    }
  }`;
}

/** How the logits of one turn are read and written. */
interface Turn {
  /** What each has of the names that are read. */
  readonly parts: readonly string[];
  read(buffer: string, spec: KernelSpec): string;
  write(buffer: 'values' | 'grad', floats: readonly string[], spec: KernelSpec): string;
  /** The statements that do turn i one logit after the other. */
  rest(spec: KernelSpec): string[];
  /** What else makes a turn unusual. */
  readonly also?: readonly string[];
}

const turns: Readonly<Record<KernelSpec['width'], Turn>> = {
  1: {
    parts: [''],
    read: (buffer, { targets }) => (buffer === 'targets' ? labelAt(targets, 'i') : `${buffer}[i]`),
    write: (buffer, [a], spec) => stored(spec, buffer, 'i', `bitcast<u32>(${a})`),
    rest: (spec) => one(spec, 'i', (buffer) => `${buffer}[i]`),
  },
  // float16: two to a word of the gradient, and the last may be half somebody else's.
  2: {
    parts: ['.x', '.y'],
    read(buffer, { targets }) {
      const at = (i: string) =>
        buffer === 'logits' ? `logit(${i})` : buffer === 'targets' ? labelAt(targets, i) : `${buffer}[${i}]`;
      return `vec2u(${at('2u * i')}, ${at('2u * i + 1u')})`;
    },
    write(buffer, floats, spec) {
      const places = ['2u * i', '2u * i + 1u'];
      const bits = floats.map((float) => `bitcast<u32>(${float})`);
      if (buffer === 'values') return places.map((at, k) => stored(spec, buffer, at, bits[k])).join(' ');
      const [a, b] = places.map((at, k) => halved(spec, at, bits[k]));
      return `atomicStore(&grad[i], ${a} | (${b} << 16u));`;
    },
    rest: (spec) => [
      'for (var j = 2u * i; j < min(2u * i + 2u, call.n); j++) {',
      ...one(
        spec,
        'j',
        (buffer) => (buffer === 'logits' ? 'logit(j)' : `${buffer}[j]`),
        (bits) => `storeHalf(j, ${halved(spec, 'j', bits)});`,
      ).map((line) => `  ${line}`),
      '}',
    ],
    also: ['(2u * i + 1u == call.n)'],
  },
  // Where n is a multiple of four: fewer and wider transfers, and one addition to the sum for all four.
  4: {
    parts: ['.x', '.y', '.z', '.w'],
    read: (buffer, { targets, dtype }) =>
      buffer === 'targets'
        ? labelAt(targets, 'i')
        : buffer === 'logits' && dtype === 'float16'
          ? 'logitsAt(i)'
          : `${buffer}[i]`,
    write(buffer, floats, spec) {
      const bits = `bitcast<vec4u>(vec4f(${floats.join(', ')}))`;
      return buffer === 'grad' && spec.dtype === 'float16'
        ? `grad[i] = ${halvedFour(spec, 'i', bits)};`
        : stored(spec, buffer, 'i', bits);
    },
    rest(spec) {
      const half = spec.dtype === 'float16';
      const place = (buffer: string) =>
        buffer === 'targets'
          ? `${labelAt(spec.targets, 'i')}[k]`
          : buffer === 'logits' && half
            ? 'logit(4u * i + k)'
            : `${buffer}[i][k]`;
      const store = (bits: string) => `storeHalf(4u * i + k, ${halved(spec, '4u * i + k', bits)});`;
      const lines = half ? one(spec, '4u * i + k', place, store) : one(spec, '4u * i + k', place);
      return ['for (var k = 0u; k < 4u; k++) {', ...lines.map((line) => `  ${line}`), '}'];
    },
  },
};

/** The statements that do one entry, whatever it is. */
function one(
  spec: KernelSpec,
  index: string,
  place: (buffer: string) => string,
  store = (bits: string) => stored(spec, 'grad', index, bits, place('grad')),
): string[] {
  const answer = answerOf(spec);
  const values = valuesOf(spec);
  const inputs = ['logits', 'targets', ...(spec.weighted ? ['weights'] : [])].map((buffer) =>
    buffer === 'targets' && spec.width < 4 ? labelAt(spec.targets, index) : place(buffer),
  );
  if (hasCategories(spec.loss)) inputs.push(`categoryOf(${index})`);
  const loss = answer.of('at', 'value');
  return [
    `let at = entry(${inputs.join(', ')});`,
    ...(values === 'sums' ? [`own = withTerm(own, ${loss});`] : []),
    ...(values === 'each' ? [stored(spec, 'values', index, loss, place('values'))] : []),
    ...(spec.wants.includes('grad') ? [store(answer.of('at', 'grad'))] : []),
    ...(spec.wants.includes('hess') ? [stored(spec, 'hess', index, answer.of('at', 'hess'), place('hess'))] : []),
  ];
}
