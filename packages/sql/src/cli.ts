/**
 * The command `focal-sql`.
 *
 * @module
 */
import { FocalLossError, factories, lossFrom } from '@focal-loss/core';
import { dialects } from './dialects.ts';
import { expression } from './expression.ts';
import { CHECKS, name } from './options.ts';
import { query } from './query.ts';

const USAGE = `focal-sql --loss sigmoidFocal --gamma 2 --dialect spark --logits score --targets label

Prints a loss as SQL: an expression over columns, or with --from a query for the reduced loss.

  --loss       ${Object.keys(factories).join(', ')}
  --dialect    ${dialects.join(', ')}
  --logits, --targets, --weights, --classes    columns; table.column names the table
  --part       value (default), grad, hess or posterior
  --from       a table: the query instead of the expression; with it
  --row, --class, --target-rows, --example, --normalizer, --keep
  --gamma, --alpha, --reduction, …    the options of the loss, as its factory names them; lists as 0.25,0.5`;

/** Text as an option of the expression or the query takes it. */
function readOwn(option: string, text: string): unknown {
  if (option === 'keep') return text.split(',').map(column);
  if (CHECKS.query[option] !== name || option === 'from') return option === 'targetRows' ? read(text) : text;
  return column(text);
}
const column = (text: string) => (text.includes('.') ? text.split('.') : text);

/** Runs the command, and says in one line what is wrong with it. */
export function main(argv: readonly string[]): void {
  try {
    const flags = flagsOf(argv);
    console.log(flags.size === 0 || flags.has('help') ? USAGE : sqlOf(flags));
  } catch (error) {
    console.error(error instanceof FocalLossError ? error.message : `focal-sql: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

function sqlOf(flags: ReadonlyMap<string, string>): string {
  const [options, loss]: Record<string, unknown>[] = [{}, { loss: undefined }];
  for (const [flag, text] of flags) {
    // A number is what the query divides by, and a word what the loss does.
    if (flag === 'normalizer' && typeof read(text) === 'number') options.normalizer = read(text);
    else if (flag !== 'normalizer' && Object.hasOwn(CHECKS.query, flag)) options[flag] = readOwn(flag, text);
    else loss[flag] = flag === 'loss' ? text : read(text);
  }
  const made = lossFrom(loss as never);
  return options.from === undefined ? expression(made, options as never) : query(made, options as never);
}

/** `--label-smoothing 0.1` as labelSmoothing → 0.1; what no value follows is a switch. */
function flagsOf(argv: readonly string[]): Map<string, string> {
  const [first, ...flags] = `\0${argv.join('\0')}`.split(/\0(?=--)/);
  const parsed = flags.map((flag) => /^--([a-z-]+)(?:[=\0]([^\0]*))?$/.exec(flag));
  const bad = first === '' || first === '\0' ? flags.find((_, i) => parsed[i] === null) : first;
  if (bad !== undefined) {
    const got = bad.replaceAll('\0', ' ').trim();
    throw new FocalLossError('focal-sql', [{ field: 'flag', got, takes: '--name value' }]);
  }
  const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return new Map(parsed.map((match) => [camel(String(match?.[1])), match?.[2] ?? 'true']));
}

/** Text as the number, the list or the switch that it is. */
function read(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.includes(',')) return text.split(',').map(read);
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
