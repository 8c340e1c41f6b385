import { markdownTable } from '@focal-loss/testing/figures';

/** Rows as a Markdown table. Columns are the keys of the first row. */
export function table(rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return markdownTable([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
}
