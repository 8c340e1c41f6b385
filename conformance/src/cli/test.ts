import { writeFile } from 'node:fs/promises';
import { toHtml } from '../html/page.ts';
import { toJunit } from '../junit.ts';
import { messageOf } from '../messageOf.ts';
import { quote } from '../quote.ts';
import type { AnyBackend } from '../remote.ts';
import { type NotLoaded, type Report, type ReportFile, toJson } from '../report.ts';
import { runConformance } from '../run.ts';
import type { RunOptions } from '../runOptions.ts';
import { UnknownName } from '../select.ts';
import { summary } from '../tables.ts';
import { originOf } from '../text.ts';
import { type Loaded, loadBackends, repositoryFiles } from './discover.ts';
import type { Flags } from './flags.ts';
import { list } from './list.ts';
import { print } from './print.ts';
import { processBackend } from './process.ts';
import { Progress } from './progress.ts';
import { selectionOf } from './selection.ts';
import { Watchdog } from './watchdog.ts';

/** `focal-conformance [...files]`: exit code 0 if nothing failed, 1 if a check did or a file could not be loaded. */
export async function test(files: string[], flags: Flags): Promise<void> {
  if (flags.list) return list(files, flags);
  const commands = flags.exec === undefined ? [] : [flags.exec].flat();
  const named = files.length + commands.length > 0;
  if (named === (flags.all ?? false)) throw new Error('name the files to test, or give --all or --exec');
  if (!(flags.timeout > 0)) throw new Error(`--timeout is ${flags.timeout}, takes a number of seconds`);
  const { loaded, notLoaded } = await loadBackends(flags.all ? await repositoryFiles(process.cwd()) : files);
  await startProcesses(commands, loaded, notLoaded);
  const chosen = loaded.flatMap(({ file, backends }) =>
    backends
      .filter(({ name }) => flags.backend === undefined || name.includes(flags.backend))
      .map((backend) => ({
        backend,
        command: [
          `focal-conformance ${commands.includes(file) ? '--exec ' : ''}${quote(file)}`,
          ...(backends.length > 1 ? [`--backend ${quote(backend.name)}`] : []),
        ].join(' '),
      })),
  );
  if (chosen.length + notLoaded.length === 0) throw new Error(`no backend is called ${flags.backend}`);
  const lines = summary(chosen.map(({ backend: { name, dtype, device = 'cpu' } }) => ({ name, dtype, device })));
  // Of one backend everything is of interest, of many what failed.
  const detailed = flags.verbose || (chosen.length === 1 && !flags.quiet);
  const seed = seedOf(flags);
  const asked: RunOptions = {
    ...selectionOf(flags),
    timeout: flags.timeout * 1000,
    ...(seed === undefined ? {} : { seed }),
    bail: flags.bail ?? false,
  };
  const reports: Report[] = [];
  console.log(lines.head);
  for (const [i, { backend, command }] of chosen.entries()) {
    try {
      const found = await run(backend, asked, flags, chosen.length - i);
      const report = { ...found, command: seed === undefined ? command : `${command} --seed ${seed}` };
      reports.push(report);
      console.log(lines.row(report));
    } catch (error) {
      if (error instanceof UnknownName) throw error;
      notLoaded.push({ file: backend.name, reason: messageOf(error) });
    }
  }
  for (const one of notLoaded) console.log(lines.missing(one));
  const made = reports.find(({ verdict }) => verdict !== 'not run');
  if (made !== undefined) {
    const origin = Object.entries(originOf(made)).map(([name, what]) => `${name} ${what}`);
    console.log(`\n${origin.join(', ')}: --seed repeats random calls, --seed random draws others`);
  }
  console.log('');
  for (const report of reports) print(report, { ...flags, detailed });
  const report: ReportFile = { reports, notLoaded };
  if (flags.json !== undefined) await writeFile(flags.json, toJson(report));
  if (flags.junit !== undefined) await writeFile(flags.junit, toJunit(report));
  if (flags.html !== undefined) await writeFile(flags.html, toHtml(report));
  process.exitCode = notLoaded.length > 0 || reports.some(({ verdict }) => verdict === 'fails') ? 1 : 0;
}

/** Starts what `--exec` names. */
async function startProcesses(commands: readonly string[], loaded: Loaded[], notLoaded: NotLoaded[]): Promise<void> {
  for (const command of commands) {
    try {
      loaded.push({ file: command, backends: [await processBackend(command)] });
    } catch (error) {
      notLoaded.push({ file: command, reason: messageOf(error) });
    }
  }
}

/** A whole number, or one that nobody has had before. */
function seedOf({ seed }: Flags): number | undefined {
  if (seed === undefined) return undefined;
  const number = seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(seed);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--seed is ${seed}, takes a whole number ≥ 0, or random`);
  return number;
}

async function run(
  backend: AnyBackend,
  options: RunOptions,
  { timeout, quiet = false }: Flags,
  left: number,
): Promise<Report> {
  const progress = new Progress(process.stderr, quiet, left);
  const watchdog = new Watchdog(timeout);
  try {
    for await (const event of runConformance(backend, options)) {
      progress.on(event);
      if (event.type === 'next') watchdog.expect(`${backend.name} at ${event.id}`);
      if (event.type === 'end') return event.report;
    }
  } finally {
    watchdog.close();
  }
  throw new Error(`${backend.name} ended without a report`);
}
