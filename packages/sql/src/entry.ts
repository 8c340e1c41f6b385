/** A loss of single entries, which expressions and queries are made of. */
import {
  checkTold,
  evaluate,
  frame,
  type Loss,
  look,
  numbers,
  posteriorLogits,
  reduce,
  reference,
  type Text,
} from '@focal-loss/core';
import { type Dialect, quoted } from './dialects.ts';
import { inlined, layout } from './layout.ts';
import { sqlOps } from './ops.ts';
import type { ExpressionOptions, QueryOptions } from './options.ts';

type Writer = ReturnType<typeof sqlOps>;
type Given = Omit<ExpressionOptions, 'dialect'> & Pick<QueryOptions, 'targetRows' | 'normalizer'>;

/** The columns by the names that they have in the text: as float64, or as they are. */
export function inputsOf(
  { logits, targets, weights, classes }: Given,
  loss: Loss,
  dialect: Dialect,
  as: (column: string) => string = dialect.double,
): Map<string, string> {
  const isByClass = loss.link === 'sigmoid' && typeof loss.alpha === 'object';
  const columns = Object.entries({ x: logits, y: targets, w: weights, c: isByClass ? classes : undefined });
  return new Map(columns.flatMap(([name, own]) => (own === undefined ? [] : [[name, as(quoted(own, dialect))]])));
}

/**
 * A part of a loss, reduced as the loss says, as one expression in brackets over the columns.
 *
 * @param most Undefined if it were longer than so many characters: by default, than what a person can read.
 */
export function inOne(loss: Loss, given: Given, dialect: Dialect, most = dialect.strict ? 6000 : 2500) {
  const { part = 'value' } = given;
  const far = dialect.strict ? farOf(loss, given) : undefined;
  // What is taken for 0 must not be seen; and in a loss that does not turn, a label of 0 may have a branch of its own.
  if (far !== undefined && (far < 50 || !(turns(loss) || part === 'posterior'))) return undefined;
  const writer = sqlOps({ dialect, far, isValue: part === 'value' });
  const { steps, results } = writer.steps([entry(writer, loss, given)], 0);
  const text = inlined(steps, results[0], most);
  if (text === undefined) return undefined;
  const inputs = inputsOf(given, loss, dialect);
  const whole = layout(`(${text})`).replace(/\b[a-z]\b/g, (name) => inputs.get(name) ?? name);
  return whole.length > most ? undefined : whole;
}

/** A part of a loss, reduced as the loss says. */
export function entry(
  writer: Writer,
  loss: Loss,
  { part = 'value', weights: hasWeights, targetRows, normalizer }: Given,
): Text {
  const { ops, text } = writer;
  const [logits, targets] = [{ code: 'x' }, { code: 'y' }];
  const alpha = alphaOf(loss, writer);
  if (part === 'posterior') {
    checkTold(loss);
    const log = posteriorLogits(ops, loss, { logits, alpha });
    return loss.link === 'sigmoid' ? ops.sigmoid(log) : ops.exp(log);
  }
  const weights = hasWeights === undefined ? undefined : { code: 'w' };
  const denominator = normalizer === undefined ? undefined : ops.constant(normalizer);
  const inputs = { logits, targets, targetRows, weights, alpha, denominator };
  if (loss.link === 'softmax') return frame(ops, loss, inputs, [part])[part] as Text;

  const looked = look(ops, loss, inputs);
  // What is turned takes any label for one, which is looked at once all is computed.
  const { turn, ...plain } = ops;
  const isTurned = turns(loss);
  const made = isTurned
    ? evaluate(ops, loss, { logits, targets: writer.harmless(targets), alpha }, [part])[part]
    : evaluate(plain, loss, { logits: writer.near(logits), targets: looked.targets, alpha }, [part])[part];
  const value = made as Text;
  const cases = [
    ...(!isTurned ? [] : [`WHEN y NOT BETWEEN 0 AND 1 THEN ${ops.constant(Number.NaN).code}`]),
    ...(part === 'value' ? infinities(loss, writer.dialect, value) : []),
  ];
  const beyond = cases.length === 0 ? value : ops.add(value, text(`CASE ${cases.join(' ')} ELSE 0 END`));
  return reduce(ops, loss, { [part]: beyond }, looked, denominator)[part] as Text;
}

/** Whether a loss is computed at the size of its logit. */
const turns = (loss: Loss) => loss.labels === 'alike' && loss.labelSmoothing === 0 && !isAffine(loss);

/** Whether a formula multiplies a logit by a label: nothing is gained by its size then, and digits of a label are lost. */
function isAffine({ formula, params }: Loss): boolean {
  let is = false;
  const affine = (a: number, x: number, b: number) => {
    is = true;
    return a * x + b;
  };
  formula({ ...numbers, affine }, 0.25, 0.5, params);
  return is;
}

/** α of each class, where there is a list of them. */
function alphaOf({ alpha, link }: Loss, { ops, text }: Writer) {
  if (typeof alpha !== 'object') return undefined;
  const choice = (factors: readonly number[], column: string) => {
    const cases = factors.map((factor, i) => `WHEN ${column} = ${i} THEN ${ops.constant(factor).code}`).join(' ');
    return text(`CASE ${cases} ELSE ${ops.constant(Number.NaN).code} END`);
  };
  if (link === 'softmax') return { classes: choice(alpha, 'k') };
  return {
    positive: choice(alpha, 'c'),
    negative: choice(
      alpha.map((own) => 1 - own),
      'c',
    ),
  };
}

/** By whether a loss is infinite at the labels 0, between and 1: the condition, in bits. */
const LABELS = [undefined, 'y = 1', 'y > 0 AND y < 1', 'y > 0', 'y = 0', 'y IN (0, 1)', 'y < 1', 'y = y'];

/** Where a loss is infinite at an infinite logit, which the reference tells. */
function infinities(loss: Loss, { infinity }: Dialect, { code }: Text): string[] {
  const isList = typeof loss.alpha === 'object';
  const alpha = isList ? undefined : (loss.alpha as number | undefined);
  const { value } = reference({ ...loss, alpha, ignoreIndex: undefined, reduction: 'sum' } as Loss<'sum'>);
  return [Infinity, -Infinity].flatMap((x) => {
    const bits = [0, 0.5, 1].reduce((sum, y) => 2 * sum + (value([x], [y]) === Infinity ? 1 : 0), 0);
    const where = LABELS[bits];
    return where === undefined
      ? []
      : [`WHEN x = ${x < 0 ? '-' : ''}${infinity} AND ${where}${isList ? ` AND ${code} > 0` : ''} THEN ${infinity}`];
  });
}

/**
 * The largest logit at which a loss, and the smallest product that it is made of, is far from what float64 can hold: a strict engine
 * takes less for an error. The exponential of more is 0, and so is a label that is less than that exponential.
 */
export function farOf({ formula, params, alpha = 0.5 }: Loss, { part = 'value', weights }: Given): number {
  // Derivatives multiply such labels by such exponentials.
  const most = part === 'value' ? 740 : 350;
  if (part === 'posterior') return most;
  const least = weights === undefined ? 1e-307 : 1e-290;
  let isLost = false;
  const seen = (value: number, isNothing: boolean) => {
    isLost ||= !isNothing && Math.abs(value) < least;
    return value;
  };
  const watched: typeof numbers = {
    ...numbers,
    mul: (a, b) => seen(a * b, a === 0 || b === 0),
    pow: (a, p) => seen(a ** p, a === 0),
    // Where terms cancel, what rounding may leave of them.
    add: (a, b) => (a * b < 0 ? 2 ** -53 * Math.max(Math.abs(a), Math.abs(b)) : a + b),
  };
  for (let far = 1; far <= most; far++) {
    for (const own of [alpha].flat()) {
      // Behind an α of 0 or 1 there is still a label: as small as that exponential, or as far from 1 as rounding lets it be.
      watched.mul(formula(watched, far, 1, params), Math.max(own, 2 ** -53 * (1 - own)));
      watched.mul(formula(watched, -far, 0, params), Math.max(1 - own, Math.exp(-far) * own));
    }
    if (isLost) return far - 1;
  }
  return most;
}
