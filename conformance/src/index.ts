/**
 * Tests any implementation of the focal loss family against the golden vectors and laws of `@focal-loss/core`.
 *
 * @module
 */
export {
  type Answer,
  type Backend,
  type Call,
  defineBackend,
  type ExpectedFailure,
  everything,
  type Feature,
  type Numbers,
  type Supports,
} from './backend.ts';
export {
  allowances,
  type Closeness,
  type Comparison,
  compare,
  type Device,
  type Dtype,
  formats,
  sumAllowances,
} from './compare.ts';
export type { CurvePoint, Curves } from './curve.ts';
export type { ComparedPart, Deviation } from './deviation.ts';
export type { RunEvent } from './events.ts';
export { type FamilyFactory, familyFactories, type Setting, settingsOf } from './family.ts';
export { toHtml } from './html/page.ts';
export { toJunit } from './junit.ts';
export { loadVectors } from './load.ts';
export type { AnyBackend, RemoteBackend } from './remote.ts';
export { type CheckResult, type ClauseReport, type NotLoaded, type Report, type ReportFile, toJson } from './report.ts';
export { conformanceReport, runConformance } from './run.ts';
export type { RunOptions } from './runOptions.ts';
export {
  type Expectation,
  type Input,
  type LossSpec,
  type OperationSpec,
  parseVectors,
  type Vector,
  type VectorFile,
} from './vectors.ts';
