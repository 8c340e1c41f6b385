import type { Loss } from '@focal-loss/core';
import type { Feature } from '../backend.ts';
import { allowances, type Dtype, flushed, sumAllowances } from '../compare.ts';
import type { Finding } from '../finding.ts';
import { lossOf } from '../lossOf.ts';
import { areExact } from '../numbers.ts';
import type { Subject } from '../subject.ts';
import type { Expectation, Input, Vector, VectorFile } from '../vectors.ts';
import type { Check, Clause } from './clause.ts';
import { placeOfLogit, placeOfTarget } from './place.ts';
import { shorten } from './shorten.ts';
import { rank, statementOf } from './statements.ts';

/** Clauses about the factories of core, which are the same whatever the backend: a unit test, and no check. */
const notOfBackends = new Set(['bad-options']);

/** The clauses of the golden vectors, operations first: where one of them is wrong, every loss made of it is. */
export function goldenClauses(files: readonly VectorFile[]): Clause[] {
  const clauses = new Map<string, { title: string; checks: Check[] }>();
  for (const { title, cases } of files) {
    for (const vector of cases) {
      const { clause } = vector;
      if (notOfBackends.has(clause)) continue;
      if (!clauses.has(clause)) clauses.set(clause, { title, checks: [] });
      clauses.get(clause)?.checks.push(goldenCheck(vector));
    }
  }
  return [...clauses]
    .map(([id, { title, checks }]): Clause => {
      const allowance: Clause['allowance'] = (dtype, device) =>
        Math.max(allowances[dtype][device], id === 'large-sums' ? sumAllowances[dtype] : 0);
      return { id, statement: statementOf(id) ?? title, against: 'truth', allowance, checks };
    })
    .sort((a, b) => rank(a.id) - rank(b.id));
}

function goldenCheck(vector: Vector): Check {
  const { id, input, expect } = vector;
  if (input === undefined) throw new Error(`${id}: a case for backends needs an input`);
  return {
    id,
    needs: [...needsOf(vector, input), ...(vector.loss ? [`loss:${vector.loss.factory}` as const] : [])],
    inapplicable: ({ dtype }) => inexact(vector, input, dtype),
    run: (subject, finding) => {
      const loss = lossOf(vector);
      if (expect.hess) return curves(subject, finding, loss, input, expect);
      if (expect.posterior) return tells(subject, finding, loss, input, expect.posterior);
      return expect.error
        ? refuses(subject, finding, loss, input, expect.error)
        : answers(subject, finding, loss, input, vector);
    },
  };
}

async function answers(subject: Subject, finding: Finding, loss: Loss, whole: Input, vector: Vector) {
  const { input, expect } = shorten(whole, vector.expect, loss.reduction, subject.largest);
  const { value, grad, valueScale, gradScale, tolerance } = expect;
  const plotted = isPlotted(vector, loss);
  const ofValue = typeof value === 'number' && input.logits.length !== 1 ? undefined : placeOfTarget(input);
  const valueAgainst = { scale: valueScale, tolerance, place: ofValue, plotted };
  if (grad !== undefined) {
    const answer = await subject.evaluate(loss, input);
    finding.compare('grad', answer.grad, grad, { scale: gradScale, tolerance, place: placeOfLogit(input), plotted });
    if (value !== undefined) finding.compare('value', answer.value, value, valueAgainst);
  }
  // Asked for alone, the value may take another path.
  if (value !== undefined) finding.compare('value', await subject.value(loss, input), value, valueAgainst);
}

/** Second derivatives, as far off as the clause of random calls allows. */
async function curves(subject: Subject, finding: Finding, loss: Loss, input: Input, expect: Expectation) {
  const { hess = [], hessScale = hess } = expect;
  const got = await subject.curvature(loss, input);
  const scale = hessScale.map((size) => 4 * size);
  finding.compare('hess', got.hess, hess, { scale, tolerance: flushed(subject), place: placeOfLogit(input) });
}

async function tells(subject: Subject, finding: Finding, loss: Loss, input: Input, posterior: readonly number[]) {
  const { logits, shape } = input;
  const got = await subject.posterior(loss, { logits, ...(shape && { shape }) });
  finding.compare('posterior', got, posterior, { tolerance: flushed(subject) });
}

/** Errors of single entries at a sigmoid are what a plot against the logit can show. */
const isPlotted = ({ operation, expect }: Vector, { link, reduction }: Loss) =>
  operation === undefined && expect.tolerance === undefined && link === 'sigmoid' && reduction === 'none';

async function refuses(
  subject: Subject,
  finding: Finding,
  loss: Loss,
  input: Input,
  { field, index }: { field: string; index?: number },
) {
  const name = index === undefined ? field : `${field}[${index}]`;
  const mayAnswer = subject.badInput === 'nan' && index !== undefined;
  for (const grad of [true, false]) {
    try {
      const value = grad ? (await subject.evaluate(loss, input)).value : await subject.value(loss, input);
      const entry = typeof value === 'number' ? value : value[index ?? 0];
      if (mayAnswer) finding.expect(Number.isNaN(entry), () => `${name} gave ${entry}, not NaN`);
      else finding.fail(`answered ${entry} instead of an error that names ${name}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      finding.expect(message.includes(name), () => `threw ${JSON.stringify(message)}, which does not name ${name}`);
    }
  }
}

function needsOf(vector: Vector, input: Input): Feature[] {
  const { operation, expect } = vector;
  const { link, ignoreIndex, targets, labelSmoothing, alpha, reduction } = lossOf(vector);
  const softmax = link === 'softmax';
  const { shape = [], axis, weights, weightsShape } = input;
  const soft = (y: number) => y > 0 && y < 1;
  const needs: Partial<Record<Feature, boolean>> = {
    customLoss: operation !== undefined,
    softmax,
    softLabels: !softmax && input.targets.some(soft),
    weights: weights !== undefined,
    rowTargets: softmax && (targets === 'place' || (input.targets.length === input.logits.length && shape.length > 0)),
    labelSmoothing: labelSmoothing !== 0,
    axis: axis !== undefined || (softmax && shape.length > 2),
    classAlpha: !softmax && typeof alpha === 'object',
    broadcastWeights: weightsShape !== undefined || (weights !== undefined && weights.length < input.targets.length),
    examples: reduction === 'example',
    ignoreIndex: ignoreIndex !== undefined,
    normalizer: input.normalizer !== undefined,
    nonfinite: !input.logits.every(Number.isFinite),
    empty: input.logits.length === 0,
    hess: expect.hess !== undefined,
    posterior: expect.posterior !== undefined,
  };
  return (Object.keys(needs) as Feature[]).filter((feature) => needs[feature]);
}

/** The truth is that of the very input. Only published figures come with room for rounding it, to float32. */
function inexact({ expect }: Vector, { logits, targets, weights = [] }: Input, dtype: Dtype): string | undefined {
  const mayRound = dtype === 'float32' && expect.tolerance !== undefined;
  const exact = mayRound || areExact([...logits, ...targets, ...weights], dtype);
  return exact ? undefined : `inputs that ${dtype} does not have`;
}
