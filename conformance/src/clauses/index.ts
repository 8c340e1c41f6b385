import type { VectorFile } from '../vectors.ts';
import { callLaws } from './calls.ts';
import type { Clause } from './clause.ts';
import { goldenClauses } from './golden.ts';
import { hardExampleLaws } from './hardExamples.ts';
import { longSums } from './longSums.ts';
import { lossLaws } from './lossLaws.ts';
import { posteriors } from './posteriors.ts';
import { randomBadInput } from './randomBadInput.ts';
import { randomCalls } from './randomCalls.ts';
import { randomCustom } from './randomCustom.ts';
import { randomFar } from './randomFar.ts';
import { randomLarge } from './randomLarge.ts';
import { randomNonfinite } from './randomNonfinite.ts';
import { curvature, randomOptions } from './randomOptions.ts';
import { randomSequences } from './randomSequences.ts';
import { randomSizes } from './randomSizes.ts';
import { reductionLaws } from './reductionLaws.ts';
import { shapeLaws } from './shapeLaws.ts';

/** A clause of calls drawn at random, behind what the vectors have of it. */
function joined(clause: Clause, golden: readonly Clause[]): Clause {
  const known = golden.filter(({ id }) => id === clause.id).flatMap(({ checks }) => checks);
  return { ...clause, checks: [...known, ...clause.checks] };
}

const known = new WeakMap<readonly VectorFile[], readonly Clause[]>();

/** Every clause, in the order of reports. */
export function allClauses(files: readonly VectorFile[]): readonly Clause[] {
  const clauses = known.get(files) ?? madeOf(files);
  known.set(files, clauses);
  return clauses;
}

function madeOf(files: readonly VectorFile[]): Clause[] {
  const golden = goldenClauses(files);
  const ofParts = [curvature, posteriors].map((clause) => joined(clause, golden));
  return [
    ...golden.filter(({ id }) => !ofParts.some((clause) => clause.id === id)),
    randomCalls,
    randomOptions,
    randomFar,
    randomCustom,
    randomSizes,
    randomLarge,
    randomNonfinite,
    randomBadInput,
    randomSequences,
    ...ofParts,
    ...longSums,
    ...hardExampleLaws,
    ...lossLaws,
    ...reductionLaws,
    ...shapeLaws,
    ...callLaws,
  ];
}
