import { existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A line of the result: a file of logits, its loss, and its hardest rows. */
export interface Row {
  readonly id: string;
  readonly loss: number;
  /** The rows with the largest losses, the largest first. */
  readonly top: readonly { readonly row: number; readonly loss: number }[];
}

/** The file that a process adds its rows to, until all are there. */
export const partOf = (out: string, process: number) => `${out}.part-${process}`;

/** The parts that runs have left. */
export function partsOf(out: string): string[] {
  const folder = dirname(out);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(out)}.part-`))
    .map((name) => join(folder, name))
    .sort();
}

/**
 * The rows of a part. A line that a killed process has not written to its end is cut off: its file will be scored again.
 */
export function rowsOf(part: string): Row[] {
  const bytes = readFileSync(part);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(part, end);
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** All parts as one file, in the order of `ids`; it appears whole or not at all, and only then the parts go. */
export function finish(out: string, ids: readonly string[]): void {
  const parts = partsOf(out);
  const rows = new Map(parts.flatMap(rowsOf).map((row) => [row.id, row]));
  writeFileSync(`${out}.tmp`, ids.map((id) => `${JSON.stringify(rows.get(id))}\n`).join(''));
  renameSync(`${out}.tmp`, out);
  for (const part of parts) rmSync(part);
}

/** Which processes write beside a result. */
const lockOf = (out: string) => `${out}.lock`;

/**
 * Says that these processes write now.
 *
 * @param pids None when they are done.
 */
export function lock(out: string, pids: readonly number[]): void {
  if (pids.length === 0) rmSync(lockOf(out), { force: true });
  else writeFileSync(lockOf(out), JSON.stringify(pids));
}

/** Those that an earlier run has said so of, and that are still there: they may be writing their last row. */
export function writers(out: string): number[] {
  if (!existsSync(lockOf(out))) return [];
  const text = readFileSync(lockOf(out), 'utf8');
  const pids: number[] = text === '' ? [] : JSON.parse(text);
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}
