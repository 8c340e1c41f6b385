import { factorsOf, formulas, type Loss, type Param } from '@focal-loss/core';
import type { Attribute } from './model.ts';
import type { GraphValue, Precision, Writer } from './writer.ts';

/** The numbers of a loss, under the names that formulas read them by. */
export interface LossNumbers<T> {
  readonly params: Readonly<Record<string, T>>;
  readonly alpha: { readonly positive: T; readonly negative: T } | { readonly classes: T } | undefined;
}

/** A number that a node carries as an attribute: under one name, and what float32 has no room for under a second. */
interface Carried {
  readonly name: string;
  readonly value: number | readonly number[];
  readonly lowName?: string;
}

/**
 * What the numbers of a loss are called as attributes of its nodes. A parameter has its own name. α of a sigmoid loss is
 * two, `alpha` and `one_minus_alpha`: neither can be told from the other rounded to float32. Names that are taken get a
 * line below them: the option α beside a parameter `alpha` is `alpha_`.
 */
export function attributeNames(loss: Loss): LossNumbers<Carried> {
  const { params, alpha, link } = loss;
  const taken = new Set(Object.keys(params).map(identifier));
  const free = (name: string): string => {
    const unique = taken.has(name) ? free(`${name}_`) : name;
    taken.add(unique);
    return unique;
  };
  const switches = switchesOf(loss);
  const ofParams = Object.entries(params)
    .filter(([key]) => !(key in switches))
    .map(([key, value]): [string, Carried] => [
      key,
      { name: identifier(key), value, lowName: free(`${identifier(key)}_low`) },
    ]);
  return { params: Object.fromEntries(ofParams), alpha: ofAlpha() };

  function ofAlpha(): LossNumbers<Carried>['alpha'] {
    if (alpha === undefined) return undefined;
    if (typeof alpha === 'object' && link === 'softmax') return { classes: { name: free('alpha'), value: alpha } };
    const factors = typeof alpha === 'object' ? alpha.map(factorsOf) : factorsOf(alpha);
    const of = (side: 'positive' | 'negative') =>
      Array.isArray(factors) ? factors.map((own) => own[side]) : factors[side];
    return {
      positive: { name: free('alpha'), value: of('positive') },
      negative: { name: free('one_minus_alpha'), value: of('negative') },
    };
  }
}

/**
 * The parameters of a loss that are switches, and what they are by default. They are no attributes: a formula is another one by
 * them.
 */
export function switchesOf({ key, params }: Loss): Readonly<Record<string, number>> {
  const own = Object.entries(definitions(key));
  return Object.fromEntries(
    own.flatMap(([name, { flag, default: or }]) => (flag && name in params ? [[name, or]] : [])),
  );
}

/** A key as ONNX takes it for a name: letters, digits and lines. Others stand as their code points. */
const identifier = (key: string): string =>
  key.replace(/[^A-Za-z0-9_]/gu, (letter) => `u${letter.codePointAt(0)?.toString(16)}`).replace(/^(?=\d|$)/, '_');

/** All of them, one after the other. */
const listed = ({ params, alpha }: LossNumbers<Carried>): Carried[] => [
  ...Object.values(params),
  ...Object.values(alpha ?? {}),
];

/**
 * Numbers as attributes. Attributes of kind float are float32; what a parameter has beyond that goes into a second one,
 * as an exponent that is rounded shows in the tails: 87 times the rounding error. Of float64 models they are tensors.
 *
 * @param behind How many axes there are behind that of the classes. A list for an axis that is not the last is a tensor.
 */
export function attributesOf(loss: Loss, precision: Precision, behind = 0): Readonly<Record<string, Attribute>> {
  const attributes: [string, Attribute][] = [];
  for (const { name, value, lowName } of listed(attributeNames(loss))) {
    if (isTensor(value, precision, behind)) {
      const literal =
        typeof value === 'number' ? { shape: [], values: [value] } : { shape: along(value, behind), values: value };
      attributes.push([name, { kind: 'tensor', value: { element: precision, ...literal } }]);
    } else if (typeof value !== 'number') {
      attributes.push([name, { kind: 'floats', value }]);
    } else if (lowName === undefined) {
      attributes.push([name, { kind: 'float', value }]);
    } else {
      const { high, low } = inTwo(value);
      attributes.push([name, { kind: 'float', value: high }]);
      if (low !== 0) attributes.push([lowName, { kind: 'float', value: low }]);
    }
  }
  return Object.fromEntries(attributes);
}

/** A list of α, one for each class, as it broadcasts over the logits. */
const along = (values: readonly number[], behind: number) => [values.length, ...Array<number>(behind).fill(1)];

const isTensor = (value: number | readonly number[], precision: Precision, behind: number) =>
  precision === 'float64' || (typeof value !== 'number' && behind > 0);

/** In a function: what its caller gave as attributes. */
export function referred(
  w: Writer,
  loss: Loss,
  given: Readonly<Record<string, Attribute>>,
  behind = 0,
): LossNumbers<GraphValue> {
  return numbersOf(w, loss, ({ name, value, lowName }) => {
    const nearOne = typeof value === 'number' && value !== 1 && Math.abs(value - 1) < 1e-6;
    if (isTensor(value, w.precision, behind)) return { ...w.attribute(name, 'tensor'), ...(nearOne && { nearOne }) };
    const high = w.attribute(name, typeof value === 'number' ? 'float' : 'floats');
    return lowName !== undefined && lowName in given ? { ...high, low: w.attribute(lowName, 'float') } : high;
  });
}

/** Anywhere: constants. One that float32 does not have is no literal, so that nothing is computed of it beforehand. */
export function fixed(w: Writer, loss: Loss, behind = 0): LossNumbers<GraphValue> {
  return numbersOf(w, loss, ({ value, lowName }) => {
    if (typeof value !== 'number')
      return w.literal({ element: w.precision, shape: along(value, behind), values: value });
    const { high, low } = inTwo(value);
    if (w.precision === 'float64' || low === 0 || lowName === undefined) return w.constant(value);
    return { name: w.constant(high).name, low: w.constant(low) };
  });
}

/** What the parameters of a member are: of a loss of one's own nothing is known. */
const definitions = (key: string | undefined) => formulas.family.find((member) => member.key === key)?.params ?? {};

function numbersOf(w: Writer, loss: Loss, to: (number: Carried) => GraphValue): LossNumbers<GraphValue> {
  const { params, alpha } = attributeNames(loss);
  const switches = Object.keys(switchesOf(loss)).map((key) => [key, w.constant(loss.params[key])]);
  const known: Readonly<Record<string, Param>> = definitions(loss.key);
  const numbers = Object.entries(params).map(([key, number]) => [
    key,
    { ...to(number), most: known[key]?.max, about: Number(number.value) },
  ]);
  return {
    params: Object.fromEntries([...numbers, ...switches]),
    alpha:
      alpha === undefined
        ? undefined
        : 'classes' in alpha
          ? { classes: to(alpha.classes) }
          : { positive: to(alpha.positive), negative: to(alpha.negative) },
  };
}

/** A number as a float32 not above it, and the rest. */
function inTwo(value: number) {
  let high = Math.fround(value);
  if (high > value) {
    const bits = new Int32Array(Float32Array.of(high).buffer);
    bits[0] += high > 0 ? -1 : 1;
    high = new Float32Array(bits.buffer)[0];
  }
  return { high, low: value - high };
}
