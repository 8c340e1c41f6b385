import type { VectorFile } from '../vectors.ts';
import { callLaws } from './calls.ts';
import type { Clause } from './clause.ts';
import { goldenClauses } from './golden.ts';
import { hardExampleLaws } from './hardExamples.ts';
import { longSums } from './longSums.ts';
import { lossLaws } from './lossLaws.ts';
import { posteriors } from './posteriors.ts';
import { randomCalls } from './randomCalls.ts';
import { curvature, randomOptions } from './randomOptions.ts';
import { reductionLaws } from './reductionLaws.ts';
import { shapeLaws } from './shapeLaws.ts';

/** Every clause, in the order of reports. */
export function allClauses(files: readonly VectorFile[]): Clause[] {
  return [
    ...goldenClauses(files),
    randomCalls,
    randomOptions,
    curvature,
    posteriors,
    ...longSums,
    ...hardExampleLaws,
    ...lossLaws,
    ...reductionLaws,
    ...shapeLaws,
    ...callLaws,
  ];
}
