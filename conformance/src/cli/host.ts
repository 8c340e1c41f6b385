import { allClauses } from '../clauses/index.ts';
import { digestOf } from '../digest.ts';
import { loadVectors } from '../load.ts';
import type { CheckResult, Report } from '../report.ts';
import { defaultSeed, type RunOptions } from '../runOptions.ts';
import { onlyOf } from '../select.ts';
import { clauseReport, summarize, withFaults } from '../summarize.ts';
import { Died, Isolated } from './isolated.ts';
import type { Named, Source } from './messages.ts';
import type { Progress } from './progress.ts';

/** The backends of a file or a command, in a process that is started anew where one of them has ended it. */
export class Host {
  readonly source: Source;
  backends: readonly Named[] = [];
  private readonly seconds: number;
  private isolated: Isolated | undefined;

  /** @param seconds What one check may take. */
  constructor(source: Source, seconds: number) {
    this.source = source;
    this.seconds = seconds;
  }

  /** @throws with the reason if there are no backends. */
  async open(): Promise<Isolated> {
    this.isolated ??= await Isolated.open(this.source, this.seconds);
    this.backends = this.isolated.backends;
    return this.isolated;
  }

  /**
   * Runs the suite for one of the backends. If its process ends before that, the report has what was found until then, and
   * says so.
   *
   * @param last Whether nothing is asked of this host after it.
   * @throws if the suite cannot be run at all.
   */
  async test(index: number, options: RunOptions, progress: Progress, last: boolean): Promise<Report> {
    const isolated = await this.open();
    const started = performance.now();
    const faults: string[] = [];
    const results: CheckResult[] = [];
    let report: Report | undefined;
    let begun = false;
    try {
      for await (const event of isolated.run(index, options, (fault) => faults.push(fault))) {
        progress.on(event);
        begun ||= event.type === 'next';
        if (event.type === 'check') results.push(event.result);
        if (event.type === 'end') report = event.report;
      }
      if (last) faults.push(...(await this.close()));
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      await isolated.kill();
      this.isolated = undefined;
      if (!begun) throw error;
      faults.push(error.message);
    }
    progress.clear();
    return withFaults(report ?? (await unfinished(this.backends[index], results, options, started)), faults);
  }

  /** Ends the process, and tells what went wrong after the last verdict. */
  async close(): Promise<string[]> {
    const { isolated } = this;
    this.isolated = undefined;
    return isolated === undefined ? [] : isolated.close();
  }
}

/** What was found of a backend that ended its process. */
async function unfinished(
  backend: Named,
  results: readonly CheckResult[],
  options: RunOptions,
  started: number,
): Promise<Report> {
  const vectors = await loadVectors();
  const clauses = allClauses(vectors)
    .map((clause) => ({ clause, own: results.filter((result) => result.clause === clause.id) }))
    .filter(({ own }) => own.length > 0)
    .map(({ clause, own }) => clauseReport(backend, clause, own));
  const seconds = (performance.now() - started) / 1000;
  return summarize(backend, {
    clauses,
    results,
    unexpectedPasses: [],
    curves: { value: [], grad: [] },
    seconds,
    seed: options.seed ?? defaultSeed,
    vectors: digestOf(vectors),
    only: onlyOf(options),
  });
}
