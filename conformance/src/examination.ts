import { type Backend, lacks } from './backend.ts';
import { replacedBuiltins } from './builtins.ts';
import type { Check, Clause } from './clauses/clause.ts';
import { Curve } from './curve.ts';
import { ofParts } from './deviation.ts';
import { expectationOf } from './expected.ts';
import { Finding } from './finding.ts';
import { messageOf } from './messageOf.ts';
import type { CheckResult } from './report.ts';
import { Subject } from './subject.ts';
import { within } from './within.ts';

/** After so many checks without an answer the rest is not waited for. */
const patience = 3;

/** One backend being asked, whether by the runner, by vitest or by node:test. */
export class Examination {
  readonly results: CheckResult[] = [];
  readonly curve = new Curve();
  private readonly backend: Backend;
  private readonly subject: Subject;
  private readonly timeout: number;
  private unanswered = 0;

  /**
   * @param timeout Milliseconds that one check may take.
   * @param seed What random calls are drawn from.
   */
  constructor(backend: Backend, timeout: number, seed: number) {
    this.backend = backend;
    this.subject = new Subject(backend, seed);
    this.timeout = timeout;
  }

  /** The name of the backend. */
  get name(): string {
    return this.backend.name;
  }

  /** Makes one check. */
  async check(clause: Clause, check: Check): Promise<CheckResult> {
    const result = this.notMade(clause, check) ?? (await this.make(clause, check));
    this.results.push(result);
    return result;
  }

  /** Ends the backend, unless a check did, and tells what went wrong outside any check. */
  async close(): Promise<string[]> {
    const faults: string[] = [];
    try {
      const ended = await within(this.timeout, () => this.subject.close());
      if (!ended) faults.push(`close did not settle within ${this.timeout / 1000} s`);
    } catch (error) {
      faults.push(`close threw ${messageOf(error)}`);
    }
    const replaced = replacedBuiltins();
    if (replaced.length > 0) faults.push(`replaced ${replaced.join(', ')}, which the suite computes with`);
    return faults;
  }

  private notMade(clause: Clause, { id, needs, inapplicable }: Check): CheckResult | undefined {
    const missing = needs.filter((feature) => lacks(this.backend, feature));
    if (missing.length > 0) return { ...empty(id, clause), outcome: 'not supported', reason: missing.join(', ') };
    const reason = inapplicable?.(this.subject);
    return reason === undefined ? undefined : { ...empty(id, clause), outcome: 'not applicable', reason };
  }

  private async make(clause: Clause, { id, run }: Check): Promise<CheckResult> {
    const { dtype, device } = this.subject;
    const finding = new Finding(id, { dtype, allowance: clause.allowance(dtype, device) }, this.curve);
    if (this.unanswered >= patience) finding.fail(`not asked: ${patience} checks before it got no answer`);
    else {
      try {
        const answered = await within(this.timeout, () => run(this.subject, finding));
        if (!answered) {
          this.unanswered += 1;
          finding.fail(`no answer within ${this.timeout / 1000} s`);
        }
      } catch (error) {
        finding.fail(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
      }
    }
    // Copied: what a check that was given up still finds comes too late.
    const worst = { ...finding.worst };
    const result = { ...empty(id, clause), worst, off: { ...finding.off }, messages: [...finding.messages] };
    if (!finding.failed) return { ...result, outcome: 'passed' };
    const expected = expectationOf(this.backend, result);
    return expected === undefined
      ? { ...result, outcome: 'failed' }
      : { ...result, outcome: 'failed as expected', reason: expected.reason };
  }
}

const empty = (id: string, { id: clause }: Clause) => ({
  id,
  clause,
  worst: {},
  off: ofParts(() => 0),
  messages: [],
});
