/**
 * The command `focal-sql`.
 *
 * @module
 */
import { FocalLossError, factories, lossFrom } from '@focal-loss/core';
import { dialects } from './dialects.ts';
import { type ExpressionOptions, expression } from './expression.ts';
import { type QueryOptions, query } from './query.ts';

const USAGE = `focal-sql --loss sigmoidFocal --gamma 2 --dialect spark --logits score --targets label

Prints a loss as SQL: an expression over columns, or with --from a query for the reduced loss.

  --loss       ${Object.keys(factories).join(', ')}
  --dialect    ${dialects.join(', ')}
  --logits, --targets, --weights, --classes    columns; table.column names the table
  --part       value (default), grad, hess or posterior
  --from       a table: the query instead of the expression; with it
  --row, --class, --target-rows, --example, --normalizer, --keep
  --gamma, --alpha, --reduction, …    the options of the loss, as its factory names them; lists as 0.25,0.5`;

/** What is said of the query; every other flag is the loss's. */
const COLUMNS = ['logits', 'targets', 'weights', 'classes', 'from', 'row', 'class', 'example'];

/** Runs the command, and says in one line what is wrong with it. */
export function main(argv: readonly string[]): void {
  try {
    console.log(sqlOf(argv));
  } catch (error) {
    console.error(error instanceof FocalLossError ? error.message : `focal-sql: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

function sqlOf(argv: readonly string[]): string {
  const flags = flagsOf(argv);
  if (flags.size === 0 || flags.has('help')) return USAGE;
  const take = (name: string) => {
    const text = flags.get(name);
    flags.delete(name);
    return text;
  };
  const name = take('loss');
  const [dialect, part, keep, targetRows, normalizer] = ['dialect', 'part', 'keep', 'targetRows', 'normalizer'].map(
    take,
  );
  const columns = COLUMNS.flatMap((field) => {
    const text = take(field);
    return text === undefined ? [] : [[field, text.includes('.') && field !== 'from' ? text.split('.') : text]];
  });
  const isQuery = columns.some(([field]) => field === 'from');
  const loss = lossFrom({
    loss: String(name),
    ...Object.fromEntries(Array.from(flags, ([key, text]) => [key, read(text)])),
    ...(isQuery && normalizer !== undefined && /^[a-z]/.test(normalizer) && { normalizer }),
  });
  const given = { ...Object.fromEntries(columns), dialect, ...(part !== undefined && { part }) };
  if (!isQuery) return expression(loss, given as unknown as ExpressionOptions);
  return query(loss, {
    ...given,
    ...(keep !== undefined && { keep: keep.split(',') }),
    ...(targetRows !== undefined && { targetRows: read(targetRows) }),
    ...(normalizer !== undefined && !/^[a-z]/.test(normalizer) && { normalizer: Number(normalizer) }),
  } as unknown as QueryOptions);
}

/** `--label-smoothing 0.1` as labelSmoothing → 0.1. */
function flagsOf(argv: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [, name, own] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[i]) ?? [];
    if (name === undefined)
      throw new FocalLossError('focal-sql', [{ field: 'flag', got: argv[i], takes: '--name value' }]);
    const next = argv[i + 1];
    const text = own ?? (next === undefined || next.startsWith('--') ? 'true' : argv[++i]);
    flags.set(
      name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      text,
    );
  }
  return flags;
}

/** Text as the number, the list or the switch that it is. */
function read(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.includes(',')) return text.split(',').map(read);
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
