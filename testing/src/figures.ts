/**
 * Tables of benchmarks in READMEs: a benchmark that is told to keep what it measured writes it to `bench/figures.json` of its package,
 * and the README's sections are made of that file, never by hand.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One table, its head first, and what it was measured with. */
export interface Figure {
  /** The command that measures it again. */
  readonly command: string;
  readonly node: string;
  readonly cpu: string;
  readonly date: string;
  readonly lines: readonly (readonly string[])[];
}

/** The figures of a package by the names of their sections. */
export type Figures = Readonly<Record<string, Figure>>;

const placeOf = (folder: string) => join(folder, 'bench/figures.json');

/** What a package has kept; nothing if it keeps none. */
export function figuresOf(folder: string): Figures {
  const place = placeOf(folder);
  return existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : {};
}

/** Keeps tables, each under the name of its section, and writes them into the README of the package. */
export function keepFigures(
  folder: string,
  command: string,
  tables: Readonly<Record<string, readonly (readonly string[])[]>>,
): void {
  const made = {
    command,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    date: new Date().toISOString().slice(0, 10),
  };
  const fresh = Object.entries(tables).map(([name, lines]) => [name, { ...made, lines }] as const);
  const figures = { ...figuresOf(folder), ...Object.fromEntries(fresh) };
  writeFileSync(placeOf(folder), `${JSON.stringify(figures, null, 2)}\n`);
  const readme = join(folder, 'README.md');
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), figures));
}

/** A README with these figures in their sections. */
export const withFigures = (readme: string, figures: Figures): string =>
  Object.entries(figures).reduce((text, [name, figure]) => replaceSection(text, name, asMarkdown(figure)), readme);

const asMarkdown = ({ command, node, cpu, date, lines }: Figure): string =>
  `${markdownTable(lines)}\n\n\`${command}\`, Node.js ${node.slice(1)}, ${cpu}, ${date}.`;

/** Lines of cells, the head first, as a Markdown table that is as readable in a terminal. */
export function markdownTable([head, ...rest]: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rest].map((line) => line[i].length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...rest.map(row)].join('\n');
}

/** Puts `content` between the markers of a section, which stay. */
export function replaceSection(text: string, name: string, content: string): string {
  const start = text.indexOf('-->', text.indexOf(`<!-- ${name}:`)) + '-->'.length;
  const end = text.indexOf(`<!-- /${name} -->`);
  if (start < '-->'.length || end < start) throw new Error(`There is no section ${name}`);
  return `${text.slice(0, start)}\n\n${content}\n\n${text.slice(end)}`;
}
