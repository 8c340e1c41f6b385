/** Logits and labels out of a text with one pair a line. */

export interface Pairs {
  readonly logits: number[];
  readonly labels: number[];
}

/** As many lines as a page can work on while its reader waits. */
export const most = 1_000_000;

/** What a line of two numbers looks like: a comma, a semicolon, a tab or spaces between them, in quotes or not. */
const separators = /\s*[,;\t]\s*|\s+/;

/**
 * Reads lines such as `-2.31,0`: a logit and a label from 0 to 1. A first line with names may say which column is which;
 * without one, the first is the logit. Empty lines are passed over.
 *
 * @throws Error with the line that is at fault, and what a line should be.
 */
export function readPairs(text: string, limit = most): Pairs {
  const logits: number[] = [];
  const labels: number[] = [];
  let columns = { logit: 0, label: 1 };
  let named = false;
  let at = 0;
  // A byte order mark is no part of the first name.
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    at++;
    if (line.trim() === '') continue;
    const cells = line
      .trim()
      .split(separators)
      .map((cell) => cell.replace(/^"(.*)"$/, '$1'));
    const wrong = (why: string) => new Error(`Line ${at}, “${shorten(line)}”: ${why}`);
    if (logits.length === 0 && !named && cells.some((cell) => !isNumber(cell))) {
      columns = columnsOf(cells, wrong);
      named = true;
      continue;
    }
    const [logit, label] = [cells[columns.logit], cells[columns.label]];
    if (logit === undefined || label === undefined) throw wrong('a line has a logit and a label, as in “-2.31,0”.');
    if (!isNumber(logit)) throw wrong(`“${shorten(logit)}” is no number.`);
    if (!isNumber(label) || Number(label) < 0 || Number(label) > 1) {
      throw wrong(`a label is a number from 0 to 1, not “${shorten(label)}”.`);
    }
    if (logits.length === limit)
      throw new Error(`More than ${limit.toLocaleString('en')} lines are too many for a page.`);
    logits.push(Number(logit));
    labels.push(Number(label));
  }
  if (logits.length === 0) throw new Error('There is no line with a logit and a label, as in “-2.31,0”.');
  return { logits, labels };
}

/** NaN and infinities are no logits that anybody has a share of. */
const isNumber = (text: string) => text !== '' && Number.isFinite(Number(text));

const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const names = {
  logit: ['logit', 'logits', 'score', 'scores', 'x'],
  label: ['label', 'labels', 'target', 'targets', 'y'],
};

function columnsOf(cells: readonly string[], wrong: (why: string) => Error): { logit: number; label: number } {
  const find = (among: readonly string[]) => cells.findIndex((cell) => among.includes(cell.toLowerCase()));
  const [logit, label] = [find(names.logit), find(names.label)];
  if (logit < 0 || label < 0) throw wrong('a first line with names calls its columns “logit” and “label”.');
  return { logit, label };
}
