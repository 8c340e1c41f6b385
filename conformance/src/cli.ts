#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { cac } from 'cac';
import manifest from '../package.json' with { type: 'json' };
import type { Backend } from './backend.ts';
import { loadBackends, repositoryFiles } from './discover.ts';
import { Progress } from './progress.ts';
import { type Report, toJson } from './report.ts';
import { type RunOptions, runConformance } from './run.ts';
import { UnknownName } from './select.ts';
import { clauseTable, failureText, summaryTable } from './text.ts';

interface Flags {
  all?: boolean;
  clause?: string | string[];
  case?: string;
  backend?: string;
  json?: string;
  quiet?: boolean;
}

async function main(files: string[], flags: Flags): Promise<void> {
  const named = files.length > 0;
  if (named === (flags.all ?? false)) throw new Error('name the files to test, or give --all');
  const { found, notLoaded } = await loadBackends(flags.all ? await repositoryFiles(process.cwd()) : files);
  const reports: Report[] = [];
  for (const { file, backends } of found) {
    for (const backend of backends) {
      if (flags.backend !== undefined && !backend.name.includes(flags.backend)) continue;
      try {
        const report = await test(backend, flags);
        reports.push(report);
        print(report, file, backends, flags);
      } catch (error) {
        if (error instanceof UnknownName) throw error;
        notLoaded.push({ file: backend.name, reason: messageOf(error) });
      }
    }
  }
  if (reports.length + notLoaded.length === 0) throw new Error(`no backend is called ${flags.backend}`);
  console.log(summaryTable({ reports, notLoaded }));
  if (flags.json !== undefined) await writeFile(flags.json, toJson({ reports, notLoaded }));
  process.exitCode = notLoaded.length > 0 || reports.some(({ verdict }) => verdict === 'fails') ? 1 : 0;
}

async function test(backend: Backend, { clause, case: id, quiet = false }: Flags): Promise<Report> {
  const options: RunOptions = {
    ...(clause === undefined ? {} : { clauses: [clause].flat() }),
    ...(id === undefined ? {} : { case: id }),
  };
  const progress = new Progress(process.stderr, quiet);
  for await (const event of runConformance(backend, options)) {
    progress.on(event);
    if (event.type === 'end') return event.report;
  }
  throw new Error(`${backend.name} ended without a report`);
}

function print(report: Report, file: string, backends: readonly Backend[], flags: Flags): void {
  const { backend, verdict, clauses, failures, seconds } = report;
  if (verdict === 'not run') return;
  if (!flags.quiet) console.log(`${backend.name}: ${seconds.toFixed(1)} s\n${clauseTable(report, flags.all)}\n`);
  const which = backends.length > 1 ? ` --backend ${quote(backend.name)}` : '';
  const command = `focal-conformance ${quote(file)}${which}`;
  for (const { id, statement } of clauses) {
    const all = failures.filter(({ clause }) => clause === id);
    // A backend that is wrong everywhere would bury what it gets wrong first.
    const shown = flags.clause === undefined ? all.slice(0, 3) : all;
    if (shown.length > 0) console.log(`${id}: ${statement}\n`);
    for (const failure of shown) console.log(`${failureText(failure, `${command} --case ${quote(failure.id)}`)}\n`);
    if (all.length > shown.length) {
      console.log(`and ${all.length - shown.length} more\n  ${command} --clause ${quote(id)}\n`);
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const quote = (word: string) => (/^[\w./@=:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const cli = cac('focal-conformance');
cli
  .command('[...files]', 'Test the backends that JavaScript modules export by default')
  .option('--all', 'Test every packages/*/conformance.js of this repository')
  .option('--clause <pattern>', 'Only clauses of this name; * stands for anything, the option may be repeated')
  .option('--case <id>', 'Only this check')
  .option('--backend <name>', 'Only backends whose name contains this')
  .option('--json <file>', 'Write the report to a file')
  .option('--quiet', 'Print failures and the summary only')
  .example('focal-conformance ./my-backend.js')
  .example("focal-conformance ./my-backend.js --clause 'values.*'")
  .action(main);
cli.help();
cli.version(manifest.version);

try {
  cli.parse(process.argv, { run: false });
  await cli.runMatchedCommand();
} catch (error) {
  console.error(`focal-conformance: ${messageOf(error)}`);
  process.exitCode = 2;
}
