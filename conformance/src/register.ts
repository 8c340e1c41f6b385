import type { Backend, ExpectedFailure } from './backend.ts';
import type { Clause } from './clauses/clause.ts';
import { allClauses } from './clauses/index.ts';
import { Examination } from './examination.ts';
import { expectationOf, nameOf, unexpectedPasses, validateExpected } from './expected.ts';
import { loadVectors } from './load.ts';
import type { AnyBackend, RemoteBackend } from './remote.ts';
import type { Report } from './report.ts';
import { conformanceReport } from './run.ts';
import { defaultSeed, defaultTimeout, type FrameworkOptions } from './runOptions.ts';
import { select } from './select.ts';
import { failureText } from './text.ts';
import { validateBackend, validateList } from './validate.ts';
import { type Watchdog, watchdog } from './watchdog.ts';

/** What a test framework has to offer for the suite to run inside it. */
export interface Framework {
  /** Runs `body`, which registers tests, under a heading. */
  describe(name: string, body: () => void): void;
  before(work: () => Promise<void>): void;
  after(work: () => Promise<void>): void;
  /** Registers a test. It passes, throws, or returns the reason why it is skipped. */
  it(name: string, timeout: number, body: () => Promise<string | undefined>): void;
}

const clauses = allClauses(await loadVectors());

/**
 * Registers the suite for one or several backends: a heading a backend, a test a clause. What `options` leave out is skipped,
 * and says so.
 *
 * @throws {@link UnknownName} if `options` name no clause or no case.
 */
export function register(
  backends: AnyBackend | readonly AnyBackend[],
  framework: Framework,
  options: FrameworkOptions = {},
): void {
  const list = [backends].flat();
  validateList(list);
  const plan: Plan = { options, chosen: new Map(select(clauses, options).map((clause) => [clause.id, clause])) };
  for (const backend of list) {
    if ('run' in backend) registerRemote(backend, framework, plan);
    else registerOne(backend, framework, plan);
  }
}

/** What runs: of each clause the checks that were asked for. */
interface Plan {
  readonly options: FrameworkOptions;
  readonly chosen: ReadonlyMap<string, Clause>;
}

const leftOut = 'not run: left out by the options';

function registerOne(backend: Backend, { describe, before, after, it }: Framework, { options, chosen }: Plan): void {
  validateBackend(backend);
  validateExpected(backend, clauses);
  const { timeout = defaultTimeout, seed = defaultSeed } = options;
  describe(`${backend.name} conforms`, () => {
    const examination = new Examination(backend, timeout, seed);
    let unavailable: string | undefined;
    let guard: Watchdog | undefined;
    before(async () => {
      unavailable = await backend.unavailable?.();
      guard = await watchdog(timeout / 1000);
    });
    after(async () => {
      guard?.close();
      const faults = unavailable === undefined ? await examination.close() : [];
      if (faults.length > 0) throw new Error(`${backend.name}: ${faults.join('; ')}`);
    });
    for (const clause of clauses) {
      const asked = chosen.get(clause.id);
      it(titleOf(backend, clause), timeoutOf(clause, timeout), async () =>
        asked === undefined ? leftOut : (unavailable ?? (await test(examination, asked, guard))),
      );
    }
    if (backend.xfail === undefined) return;
    it('what is expected to fail does', defaultTimeout, async () => {
      const passed = unexpectedPasses(backend, clauses, examination.results);
      if (passed.length > 0) throw new Error(passed.map(passedText).join('\n'));
      return unavailable;
    });
  });
}

const passedText = (expected: ExpectedFailure) => `${nameOf(expected)} passed, expected to fail: ${expected.reason}`;

/** A suite that runs elsewhere runs as a whole, when its first test wants to know. */
function registerRemote(backend: RemoteBackend, { describe, it }: Framework, { options, chosen }: Plan): void {
  describe(`${backend.name} conforms`, () => {
    let report: Promise<Report> | undefined;
    const timeout = clauses.length * (options.timeout ?? defaultTimeout);
    for (const { id, statement } of clauses) {
      it(`${id}: ${statement}`, timeout, async () => {
        if (!chosen.has(id)) return leftOut;
        report ??= conformanceReport(backend, options);
        const { reason, clauses: reports, failures } = await report;
        const failed = failures.filter(({ clause }) => clause === id);
        if (failed.length > 0) throw new Error(failed.map((result) => failureText(result)).join('\n\n'));
        if (reason !== undefined) return reason;
        return reports.find((clause) => clause.id === id)?.checks === 0
          ? 'not supported, or not applicable'
          : undefined;
      });
    }
    it('what is expected to fail does', timeout, async () => {
      report ??= conformanceReport(backend, options);
      const { unexpectedPasses: passed, faults } = await report;
      if (faults.length > 0) throw new Error(`${backend.name}: ${faults.join('; ')}`);
      if (passed.length > 0) throw new Error(passed.map(passedText).join('\n'));
      return undefined;
    });
  });
}

/** Every check has a time of its own; this one only ends what they leave. */
const timeoutOf = ({ checks }: Clause, each: number) => (checks.length + 1) * each;

function titleOf(backend: Backend, { id: clause, statement, checks }: Clause): string {
  const reasons = new Set(checks.flatMap(({ id }) => expectationOf(backend, { id, clause })?.reason ?? []));
  const expected = reasons.size === 0 ? '' : ` (expected to fail: ${[...reasons].join('; ')})`;
  return `${clause}: ${statement}${expected}`;
}

async function test(
  examination: Examination,
  clause: Clause,
  guard: Watchdog | undefined,
): Promise<string | undefined> {
  const failures: string[] = [];
  const reasons = new Set<string>();
  let made = 0;
  for (const check of clause.checks) {
    guard?.expect(`${examination.name} at ${check.id}`);
    const result = await examination.check(clause, check);
    if (result.outcome === 'failed') failures.push(failureText(result));
    const left = result.outcome === 'not supported' || result.outcome === 'not applicable';
    if (left) reasons.add(`${result.outcome}: ${result.reason}`);
    else made += 1;
  }
  guard?.expect(undefined);
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
  return made > 0 ? undefined : [...reasons].join('; ');
}
