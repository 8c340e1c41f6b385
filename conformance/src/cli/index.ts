#!/usr/bin/env node
import { cac } from 'cac';
import manifest from '../../package.json' with { type: 'json' };
import { messageOf } from '../messageOf.ts';
import { init } from './init.ts';
import { test } from './test.ts';

const cli = cac('focal-conformance');
cli
  .command('[...files]', 'Test the default exports of JavaScript or TypeScript modules')
  .option('--all', 'Test every packages/*/conformance.js of this repository')
  .option('--exec <command>', 'Test a process of any language that reads and writes lines of JSON; see PROCESS.md')
  .option('--clause <pattern>', 'Only clauses of this name; * stands for anything, the option may be repeated')
  .option('--case <id>', 'Only this check')
  .option('--call <json>', 'Only one call, as a failed random one is printed')
  .option('--backend <name>', 'Only backends whose name contains this')
  .option('--timeout <seconds>', 'What one check may take before it counts as failed', { default: 60 })
  .option('--seed <number>', 'What random calls are drawn from: a whole number, or random')
  .option('--shard <i/n>', 'Only the i-th of n parts of the checks, for machines that share the work')
  .option('--bail', 'Stop after the first failure')
  .option('--list', 'Print the clauses, with the number of checks, and test nothing')
  .option('--json <file>', 'Write the report as JSON')
  .option('--junit <file>', 'Write the report as JUnit XML')
  .option('--html <file>', 'Write the report as a page with plots of the errors')
  .option('--quiet', 'Print failures and the summary only, even for a single backend')
  .option('--verbose', 'Print the clauses of every backend, even if there are many')
  .example('focal-conformance ./my-backend.js')
  .example("focal-conformance ./my-backend.js --clause 'values.*'")
  .example('focal-conformance --exec "python3 my_backend.py"')
  .action(test);
cli.command('init [file]', 'Write a backend to start from, ./my-backend.js by default').action(init);
cli
  .command('export-onnx <folder>', "Write the vectors as tests in the layout of ONNX's backend tests")
  .action(async (folder: string) => (await import('./exportOnnx.ts')).exportOnnx(folder));
cli.help();
cli.version(manifest.version);

try {
  cli.parse(process.argv, { run: false });
  await cli.runMatchedCommand();
} catch (error) {
  console.error(`focal-conformance: ${messageOf(error)}`);
  process.exitCode = 2;
}
