import type { Need } from '../backend.ts';
import { type Device, type Dtype, twice } from '../compare.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** One thing to try. */
export interface Check {
  /** Unique over all clauses. */
  readonly id: string;
  /** A backend without one of these is not asked. */
  readonly needs: readonly Need[];
  /** Says why the check has no meaning for this backend, its number format or its size, if it has none. */
  readonly inapplicable?: (subject: Subject) => string | undefined;
  /** Puts what it sees into `finding`; whatever it throws is a failure too. */
  readonly run: (subject: Subject, finding: Finding) => Promise<void>;
}

/** One promise of the spec, and what is tried to break it. */
export interface Clause {
  readonly id: string;
  /** The promise, in one line. */
  readonly statement: string;
  /** What answers are compared with: the truth of the vectors, or other answers of the same backend. */
  readonly against: 'truth' | 'itself';
  /** The relative error allowed. */
  readonly allowance: (dtype: Dtype, device: Device) => number;
  readonly checks: readonly Check[];
}

/** A law that ties answers of one backend to each other. Two answers may each be off by the allowance. */
export function law(
  id: string,
  statement: string,
  checks: readonly Check[],
  allowance: Clause['allowance'] = twice,
): Clause {
  return { id, statement, against: 'itself', allowance, checks };
}
