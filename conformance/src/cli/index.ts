#!/usr/bin/env node
import { cac } from 'cac';
import manifest from '../../package.json' with { type: 'json' };
import { messageOf } from '../messageOf.ts';
import { init } from './init.ts';
import { test } from './test.ts';

const cli = cac('focal-conformance');
cli
  .command('[...files]', 'Test the backends that modules, JavaScript or TypeScript, export by default')
  .option('--all', 'Test every packages/*/conformance.js of this repository')
  .option('--clause <pattern>', 'Only clauses of this name; * stands for anything, the option may be repeated')
  .option('--case <id>', 'Only this check')
  .option('--backend <name>', 'Only backends whose name contains this')
  .option('--timeout <seconds>', 'What one check may take before it counts as failed', { default: 60 })
  .option('--json <file>', 'Write the report as JSON')
  .option('--junit <file>', 'Write the report as JUnit XML')
  .option('--html <file>', 'Write the report as a page with plots of the errors')
  .option('--quiet', 'Print failures and the summary only, of a single backend too')
  .option('--verbose', 'Print the clauses of every backend, not only of one that is alone')
  .example('focal-conformance ./my-backend.js')
  .example("focal-conformance ./my-backend.js --clause 'values.*'")
  .action(test);
cli.command('init [file]', 'Write a backend to start from, ./my-backend.js unless named').action(init);
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
