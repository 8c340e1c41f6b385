import { writeFile } from 'node:fs/promises';
import { toHtml } from '../html/page.ts';
import { toJunit } from '../junit.ts';
import { messageOf } from '../messageOf.ts';
import { quote } from '../quote.ts';
import { type NotLoaded, type Report, type ReportFile, toJson } from '../report.ts';
import type { RunOptions } from '../runOptions.ts';
import { UnknownName } from '../select.ts';
import { summary } from '../tables.ts';
import { originOf } from '../text.ts';
import { repositoryFiles } from './discover.ts';
import { checkOnce, type Flags } from './flags.ts';
import { Host } from './host.ts';
import { list } from './list.ts';
import type { Named } from './messages.ts';
import { print } from './print.ts';
import { Progress } from './progress.ts';
import { selectionOf } from './selection.ts';

/** `focal-conformance [...files]`: exit code 0 if nothing failed, 1 if a check did or a file could not be loaded. */
export async function test(files: string[], flags: Flags): Promise<void> {
  checkOnce(flags);
  if (flags.list) return list(files, flags);
  const commands = flags.exec === undefined ? [] : [flags.exec].flat();
  const named = files.length + commands.length > 0;
  if (named === (flags.all ?? false)) throw new Error('name the files to test, or give --all or --exec');
  if (!(flags.timeout > 0)) throw new Error(`--timeout is ${flags.timeout}, takes a number of seconds`);
  const seed = seedOf(flags);
  const options: RunOptions = {
    ...selectionOf(flags),
    timeout: flags.timeout * 1000,
    ...(seed === undefined ? {} : { seed }),
    bail: flags.bail ?? false,
  };
  const sources = [
    ...(flags.all ? await repositoryFiles(process.cwd()) : files).map((name) => ({ kind: 'file', name }) as const),
    ...commands.map((name) => ({ kind: 'exec', name }) as const),
  ];
  const notLoaded: NotLoaded[] = [];
  const hosts: Host[] = [];
  for (const source of sources) {
    const host = new Host(source, flags.timeout);
    try {
      await host.open();
      hosts.push(host);
    } catch (error) {
      notLoaded.push({ file: source.name, reason: messageOf(error) });
    }
  }
  const chosen = hosts.flatMap((host) =>
    host.backends
      .map((backend, index) => ({ host, backend, index, command: commandOf(host, backend) }))
      .filter(({ backend: { name } }) => flags.backend === undefined || name.includes(flags.backend)),
  );
  try {
    if (chosen.length + notLoaded.length === 0) throw new Error(`no backend is called ${flags.backend}`);
    // Of one backend everything is of interest, of many what failed.
    const detailed = flags.verbose || (chosen.length === 1 && !flags.quiet);
    const lines = summary(chosen.map(({ backend: { name, dtype, device = 'cpu' } }) => ({ name, dtype, device })));
    console.log(lines.head);
    const reports: Report[] = [];
    for (const [i, { host, backend, index, command }] of chosen.entries()) {
      try {
        const progress = new Progress(process.stderr, flags.quiet ?? false, chosen.length - i);
        const last = chosen[i + 1]?.host !== host;
        const made = await host.test(index, options, progress, last);
        const report = { ...made, command: seed === undefined ? command : `${command} --seed ${seed}` };
        reports.push(report);
        console.log(lines.row(report));
      } catch (error) {
        if (error instanceof UnknownName) throw error;
        notLoaded.push({ file: backend.name, reason: messageOf(error) });
      }
      // As far as it goes: who ends the command has what was found until then.
      await writeReports({ reports, notLoaded }, flags);
    }
    for (const one of notLoaded) console.log(lines.missing(one));
    const asked = reports.find(({ verdict }) => verdict !== 'not run');
    if (asked !== undefined) {
      const origin = Object.entries(originOf(asked)).map(([name, what]) => `${name} ${what}`);
      console.log(`\n${origin.join(', ')}: --seed repeats random calls, --seed random draws others`);
    }
    console.log('');
    for (const report of reports) print(report, { ...flags, detailed });
    await writeReports({ reports, notLoaded }, flags);
    process.exitCode = notLoaded.length > 0 || reports.some(({ verdict }) => verdict === 'fails') ? 1 : 0;
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
  }
}

/** The command that tests this backend alone. */
function commandOf({ source: { kind, name }, backends }: Host, backend: Named): string {
  const what = `focal-conformance ${kind === 'exec' ? '--exec ' : ''}${quote(name)}`;
  return backends.length > 1 ? `${what} --backend ${quote(backend.name)}` : what;
}

async function writeReports(file: ReportFile, { json, junit, html }: Flags): Promise<void> {
  if (json !== undefined) await writeFile(json, toJson(file));
  if (junit !== undefined) await writeFile(junit, toJunit(file));
  if (html !== undefined) await writeFile(html, toHtml(file));
}

/** A whole number, or one that nobody has had before. */
function seedOf({ seed }: Flags): number | undefined {
  if (seed === undefined) return undefined;
  const number = seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(seed);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--seed is ${seed}, takes a whole number ≥ 0, or random`);
  return number;
}
