import type { ExpectedFailure, Feature } from './backend.ts';
import type { Device, Dtype } from './compare.ts';
import type { Curves } from './curve.ts';
import type { ComparedPart, Worst } from './deviation.ts';

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly clause: string;
  readonly outcome: 'passed' | 'failed' | 'failed as expected' | 'not supported' | 'not applicable';
  /** Why it was not made: the features a backend does without, or what gives it no meaning. Or why it was to fail. */
  readonly reason?: string;
  /** The largest error of each part. */
  readonly worst: Worst;
  /** How many numbers of each part were too far off. */
  readonly off: Readonly<Record<ComparedPart, number>>;
  /** What else is wrong. */
  readonly messages: readonly string[];
}

/** What came of one clause. */
export interface ClauseReport {
  readonly id: string;
  readonly statement: string;
  /** Where the promise is explained: a file of this package, and the place in it. */
  readonly docs: string;
  /** What answers are compared with: the truth of the vectors, or other answers of the same backend. */
  readonly against: 'truth' | 'itself';
  /** The relative error allowed. */
  readonly allowance: number;
  readonly checks: number;
  readonly failed: number;
  /** Checks that failed and were declared to. */
  readonly expectedFailures: number;
  /** Checks that were not made because the backend says it does not have what they need. */
  readonly notSupported: number;
  /** Checks that were not made because they have no meaning for it. */
  readonly notApplicable: number;
  readonly worst: Worst;
}

/** Everything the suite found out about one backend. As JSON, NaN and the infinities are words. */
export interface Report {
  readonly backend: { readonly name: string; readonly dtype: Dtype; readonly device: Device };
  /** Versions of what it ran on: `{ node: '20.19.0', v8: … }`. */
  readonly runtime: Readonly<Record<string, string>>;
  readonly verdict: 'passes' | 'fails' | 'not run';
  /** Why it was not run. */
  readonly reason?: string;
  /** The relative error allowed against the truth. */
  readonly allowance: number;
  /** Checks made, and how many of them failed. */
  readonly checks: number;
  readonly failed: number;
  readonly notSupported: number;
  readonly notApplicable: number;
  /** What the backend says it does not have. */
  readonly without: readonly Feature[];
  /** The most logits the backend was given at once, if it set a limit. */
  readonly largest?: number;
  /**
   * The largest errors against the truth, over all clauses whose allowance is the backend's own. Those of checks that were
   * declared to fail stand with them, in `expectedFailures`: a backend that is off there need not look off everywhere.
   */
  readonly worst: Worst;
  readonly clauses: readonly ClauseReport[];
  readonly failures: readonly CheckResult[];
  /** What went wrong outside any check: a process that ended, a `close` that never settled, a rejection nobody caught. */
  readonly faults: readonly string[];
  /** The checks that failed and were declared to, with the reason. */
  readonly expectedFailures: readonly CheckResult[];
  /** What was declared to fail and did not. */
  readonly unexpectedPasses: readonly ExpectedFailure[];
  /** The worst errors of single entries along the logits. */
  readonly curves: Curves;
  readonly seconds: number;
  /** What random calls were drawn from; `--seed` draws the same again. */
  readonly seed: number;
  /** What asked: the version of the suite, and a digest of the vectors. Reports are comparable where both are the same. */
  readonly suite: { readonly version: string; readonly vectors?: string };
  /** What the run was restricted to; there is none if it was the whole suite. */
  readonly only?: {
    readonly clauses?: readonly string[];
    readonly case?: string;
    /** The one call that was made instead of the suite, as JSON. */
    readonly call?: string;
    /** `1/4`: the first of four parts. */
    readonly shard?: string;
    readonly stopped?: 'at the first failure';
  };
  /** The command that makes this run, where one did. */
  readonly command?: string;
}

/** A file whose backends could not be loaded, or a backend that broke outside any check. */
export interface NotLoaded {
  readonly file: string;
  readonly reason: string;
}

/** What the command line writes with `--json`. */
export interface ReportFile {
  readonly reports: readonly Report[];
  readonly notLoaded: readonly NotLoaded[];
}

/**
 * Reports as JSON text, as `report.schema.json` of this package describes it; NaN and the infinities become words, as in
 * the vectors.
 */
export function toJson({ reports, notLoaded }: ReportFile): string {
  const $schema = '@focal-loss/conformance/report.schema.json';
  return `${JSON.stringify({ $schema, reports, notLoaded }, spelled, 2)}\n`;
}

/** For `JSON.stringify`: NaN and the infinities as words. */
export const spelled = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
