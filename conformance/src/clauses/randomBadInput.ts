/**
 * Calls drawn at random in which one target or weight is none that may be. The truth is what core's reference refuses.
 *
 * @module
 */
import { FocalLossError, type Loss, reference, sigmoidFocal } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import type { Finding } from '../finding.ts';
import { messageOf } from '../messageOf.ts';
import { losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { callsOf, changed, chosen, isRows, largePlaces, needsOf, spelledInput } from './noNumbers.ts';
import type { RandomCall } from './shrink.ts';

/** A number that no target or weight may be, and where. */
interface Fault {
  readonly field: 'targets' | 'weights';
  readonly input: Input;
}

function faulty({ factory, options, input }: RandomCall, { dtype }: Subject, draw: Draw): Fault {
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
  // Nobody may round it off: a hair is what the format still tells apart from the nearest that may be.
  const hair = dtype === 'float16' ? 2 ** -9 : 1e-6;
  const hairs = most === 1 ? [-hair, 1 + hair] : [-hair];
  const bad = draw.oneOf(Number.NaN, -0.5, most + 1, most + 0.5, 1e9, -1, -2, ...hairs, ...fractions);
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

/** A call in words, or what is left of one of thousands of numbers. */
const told = (loss: Loss, wants: readonly string[], input: Input) =>
  JSON.stringify({
    loss,
    wants,
    ...(input.logits.length > 2000 ? { n: input.logits.length } : { input: spelledInput(input) }),
  });

async function refused(subject: Subject, finding: Finding, loss: Loss, input: Input, named: string): Promise<void> {
  const withHess = subject.can('hess') ? ([['value', 'grad', 'hess']] as const) : [];
  for (const wants of [['value', 'grad'] as const, ['value'] as const, ...withHess]) {
    const tell = (what: string) => finding.fail(`${what}: ${told(loss, wants, input)}`);
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

/** One target that is none among many, wherever a kernel may have it. */
const large: Check = {
  id: 'random.bad-input/large',
  needs: [],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 630);
    for (const { n, at } of largePlaces(subject, draw)) {
      const loss = sigmoidFocal({ reduction: draw.oneOf('none', 'sum', 'mean') });
      const targets = Array.from({ length: n }, (_, i) => (i === at ? draw.oneOf(-1, 2, 1.5, Number.NaN) : i % 2));
      const input = { logits: Array.from({ length: n }, (_, i) => (i % 17) - 8), targets };
      await refused(subject, finding, loss, input, `targets[${at}]`);
      if (finding.failed) return;
    }
  },
};

/** What is no number that may be. */
export const randomBadInput: Clause = {
  id: 'random.bad-input',
  statement:
    'a bad target or weight is told, with its index, under all options, at every place, and with every part that is asked for',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [
    ...chosen.map(
      (factory, i): Check => ({
        id: `random.bad-input/${factory.name}`,
        needs: needsOf(factory),
        async run(subject, finding) {
          const draw = new Draw(subject.seed + 7919 * (620 + i));
          for (let call = 0; call < 4 * callsOf(subject); call++) {
            const drawn = drawnCall(factory, subject, draw, call);
            const loss = factory.make(drawn.options);
            const { input } = faulty(drawn, subject, draw);
            if (subject.badInput === 'nan' && isSilent(loss, input)) continue;
            const named = faultOf(loss, input);
            if (named !== undefined) await refused(subject, finding, loss, input, named);
            if (finding.failed) return;
          }
        },
      }),
    ),
    large,
  ],
};
