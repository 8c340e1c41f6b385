/**
 * Calls drawn at random in which a few numbers are none, or none that may be: what becomes of these, and of all the others.
 * The truth is core's reference.
 *
 * @module
 */
import { FocalLossError, type Loss, reference } from '@focal-loss/core';
import { allowances, flushed } from '../compare.ts';
import { familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { messageOf } from '../messageOf.ts';
import { losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall } from './scalesOfCall.ts';
import type { RandomCall } from './shrink.ts';

/** A GPU compiles a program for each call. */
const callsOf = ({ device }: Subject): number => (device === 'gpu' ? 2 : 12);

/** Losses that are told apart by what they do with logits; the others have the same frames. */
const chosen = familyFactories.filter(({ member: { key } }) =>
  ['crossEntropy', 'focal', 'distributionFocal'].includes(key),
);

const changed = (numbers: readonly number[], at: number, to: number) => numbers.map((one, i) => (i === at ? to : one));

/** Whether targets are rows of probabilities. */
const isRows = ({ factory, input }: RandomCall) =>
  factory.link === 'softmax' && input.targets.length === input.logits.length;

/** A few logits NaN; and of a sigmoid with hard labels some infinite. */
function withHoles({ factory, options, input }: RandomCall, draw: Draw): { holes: RandomCall; finite: RandomCall } {
  const softmax = factory.link === 'softmax';
  const unclear = factory.member.targets === 'place' || options.labelSmoothing !== undefined;
  const isSoft = (y: number) => y > 0 && y < 1;
  let { logits } = input;
  let finite = logits;
  for (let k = 1 + Math.floor(draw.next() * 3); k > 0; k--) {
    const at = Math.floor(draw.next() * logits.length);
    const infinite = draw.oneOf(-1, 1) * Infinity;
    const hole = softmax || unclear || isSoft(input.targets[at]) ? Number.NaN : draw.oneOf(Number.NaN, infinite);
    logits = changed(logits, at, hole);
    finite = changed(finite, at, 0);
  }
  return {
    holes: { factory, options, input: { ...input, logits } },
    finite: { factory, options, input: { ...input, logits: finite } },
  };
}

const nonfinite: Clause = {
  id: 'random.nonfinite',
  statement:
    'a NaN or an infinite logit is seen in its own entry and in what it is added to, under all options, and nowhere else',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: chosen.map(
    (factory, i): Check => ({
      id: `random.nonfinite/${factory.name}`,
      needs: [
        'nonfinite',
        `loss:${factory.name}`,
        ...(factory.link === 'softmax' ? (['softmax'] as const) : []),
        ...(factory.member.targets === 'place' ? (['rowTargets'] as const) : []),
      ],
      async run(subject, finding) {
        const draw = new Draw(subject.seed + 7919 * (600 + i));
        for (let call = 0; call < 2 * callsOf(subject); call++) {
          const drawn = drawnCall(factory, subject, draw, call);
          // What 0 · NaN is of a class without a share, or of an α that leaves nothing, is left open.
          const { alpha } = drawn.options;
          if (isRows(drawn) || [alpha].flat().some((one) => one === 0 || (factory.link === 'sigmoid' && one === 1)))
            continue;
          const { holes, finite } = withHoles(drawn, draw);
          const { logits, targets, offset: _, ...options } = holes.input;
          const loss = factory.make(holes.options);
          const truth = reference(loss).valueAndGrad(logits, targets, options);
          const scales = whenAsked(() => scalesOfCall(factory, loss, finite.input, 1));
          const tolerance = flushed(subject) * logits.length * Math.max(1, ...(holes.input.weights ?? []));
          const { value, grad } = await asked(subject, loss, holes.input, ['value', 'grad'], finding);
          finding.compare('value', value, truth.value, { scale: scales.value, tolerance });
          finding.compare('grad', grad, truth.grad, { scale: scales.grad, tolerance });
          const alone = await asked(subject, loss, holes.input, ['value'], finding);
          finding.compare('value', alone.value, truth.value, { scale: scales.value, tolerance });
          if (finding.failed) return finding.fail(JSON.stringify({ loss, input: spelledInput(holes.input) }));
        }
      },
    }),
  ),
};

/** NaN and infinities as words. */
const spelledInput = (input: Input) =>
  JSON.parse(JSON.stringify(input, (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one)));

/** A number that no target or weight may be, and where. */
interface Fault {
  readonly field: 'targets' | 'weights';
  readonly input: Input;
}

function faulty({ factory, options, input }: RandomCall, draw: Draw): Fault {
  const { targets, weights, shape = [], axis = -1 } = input;
  const classes = shape[axis < 0 ? shape.length + axis : axis];
  const rows = isRows({ factory, options, input });
  if (weights !== undefined && draw.next() < 0.4) {
    const at = Math.floor(draw.next() * weights.length);
    return {
      field: 'weights',
      input: { ...input, weights: changed(weights, at, draw.oneOf(-1, -1e-6, Number.NaN, Infinity)) },
    };
  }
  const most = factory.link === 'softmax' && !rows ? classes - 1 : 1;
  const fractions = factory.member.targets === 'class' && !rows ? [0.5, most - 0.25] : [];
  const bad = draw.oneOf(Number.NaN, -0.5, most + 1, most + 0.5, 1e9, -2, ...fractions);
  const at = Math.floor(draw.next() * targets.length);
  return {
    field: 'targets',
    input: { ...input, targets: changed(targets, at, bad === options.ignoreIndex ? -3 : bad) },
  };
}

/** Whether a weight or an α of 0 may meet what is bad: where it makes a NaN, there nothing is left of it. */
const isSilent = ({ alpha }: Loss, { weights = [] }: Input) =>
  weights.includes(0) || [alpha].flat().some((one) => one === 0 || one === 1);

/** What core says is wrong with a call, `targets[7]`; nothing of a weight that meets an ignored entry only. */
function faultOf(loss: Loss, { logits, targets, offset: _, ...options }: Input): string | undefined {
  try {
    reference(loss).value(logits, targets, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof FocalLossError)) throw error;
    return /(targets|weights)\[\d+\]/.exec(error.message)?.[0];
  }
}

async function refused(subject: Subject, finding: Finding, loss: Loss, input: Input, named: string): Promise<void> {
  for (const wants of [['value', 'grad'], ['value']] as const) {
    const tell = (what: string) =>
      finding.fail(`${what}: ${JSON.stringify({ loss, wants, input: spelledInput(input) })}`);
    const at = Number(named.split(/[[\]]/)[1]);
    try {
      const { value, grad } = await asked(subject, loss, input, wants, finding);
      if (subject.badInput === 'throws') return tell(`answered instead of an error that names ${named}`);
      const numbers = losses(value);
      // An infinite weight may stay infinite, which nobody takes for a loss.
      const isNone = (one: number) => (named.startsWith('weights') ? !Number.isFinite(one) : Number.isNaN(one));
      if (!Array.from(numbers).some(isNone)) return tell(`${named} gave numbers`);
      if (loss.reduction !== 'none' || named.startsWith('weights')) continue;
      // Which entry it is depends on the axis of a row; that there is one, and not more, does not.
      const spread = Array.from(numbers).filter(Number.isNaN).length;
      if (spread > 1) return tell(`${named} made ${spread} losses NaN`);
      if (wants.length > 1 && loss.link === 'sigmoid' && !Number.isNaN(grad[at]))
        return tell(`${named} has a slope of ${grad[at]}`);
    } catch (error) {
      if (!messageOf(error).includes(named)) return tell(`threw ${messageOf(error)}, which does not name ${named}`);
    }
  }
}

const badInput: Clause = {
  id: 'random.bad-input',
  statement:
    'a bad target or weight is told, with its index, under all options, at every place, and with every part that is asked for',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: chosen.map(
    (factory, i): Check => ({
      id: `random.bad-input/${factory.name}`,
      needs: [
        `loss:${factory.name}`,
        ...(factory.link === 'softmax' ? (['softmax'] as const) : []),
        ...(factory.member.targets === 'place' ? (['rowTargets'] as const) : []),
      ],
      async run(subject, finding) {
        const draw = new Draw(subject.seed + 7919 * (620 + i));
        for (let call = 0; call < 2 * callsOf(subject); call++) {
          const drawn = drawnCall(factory, subject, draw, call);
          const loss = factory.make(drawn.options);
          const { input } = faulty(drawn, draw);
          if (subject.badInput === 'nan' && isSilent(loss, input)) continue;
          const named = faultOf(loss, input);
          if (named !== undefined) await refused(subject, finding, loss, input, named);
          if (finding.failed) return;
        }
      },
    }),
  ),
};

/** What is no number, or no number that may be. */
export const randomEdges: readonly Clause[] = [nonfinite, badInput];
