/**
 * The command `focal-sql`.
 *
 * @module
 */
import { FocalLossError, factories, lossFrom } from '@focal-loss/core';
import { dialects } from './dialects.ts';
import { expression } from './expression.ts';
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

/** The flags that are columns, and those that are text as it is; all others are the loss's. */
const COLUMNS = ['logits', 'targets', 'weights', 'classes', 'row', 'class', 'example'];
const WORDS = ['from', 'dialect', 'part'];

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
    if (COLUMNS.includes(flag)) options[flag] = text.split('.');
    else if (WORDS.includes(flag)) options[flag] = text;
    else if (flag === 'keep') options.keep = text.split(',').map((column) => column.split('.'));
    // A number is what the query divides by, and a word what the loss does.
    else if (flag === 'targetRows' || (flag === 'normalizer' && typeof read(text) === 'number'))
      options[flag] = read(text);
    else loss[flag] = flag === 'loss' ? text : read(text);
  }
  const made = lossFrom(loss as never);
  return options.from === undefined ? expression(made, options as never) : query(made, options as never);
}

/** `--label-smoothing 0.1` as labelSmoothing → 0.1; what no value follows is a switch. */
function flagsOf(argv: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [, kebab, own] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[i]) ?? [];
    if (kebab === undefined)
      throw new FocalLossError('focal-sql', [{ field: 'flag', got: argv[i], takes: '--name value' }]);
    const name = kebab.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const follows = own === undefined && i + 1 < argv.length && !argv[i + 1].startsWith('--');
    flags.set(name, own ?? (follows ? argv[++i] : 'true'));
  }
  return flags;
}

/** Text as the number, the list or the switch that it is. */
function read(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.includes(',')) return text.split(',').map(read);
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
