import type { Link } from '@focal-loss/core';
import type { Time } from './measure.ts';
import { LARGE, type Plan } from './plan.ts';
import type { Absent } from './rivals/rival.ts';
import { type Scenario, title } from './scenario.ts';

/** What was measured of one scenario: size → rival → time. */
export interface Group {
  readonly scenario: Scenario;
  readonly sizes: Map<number, Map<string, Time>>;
}

const power = (size: number) => (size === LARGE ? '2^20' : `1e${Math.log10(size)}`);
const digits = (value: number) => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0));

/** One scenario as a table: a line a rival, a column a size. */
export function table({ scenario, sizes }: Group, names: readonly string[], absent: readonly Absent[]): string {
  const columns = [...sizes.keys()];
  const head = ['ns per element', ...columns.map(power), 'x ours'];
  const lines = names.map((name) => {
    const ratio = sizes.get(LARGE)?.get(name)?.ratio;
    const cells = columns.map((size) => sizes.get(size)?.get(name)?.ns);
    return [name, ...[...cells, ratio].map((cell) => (cell === undefined ? '–' : digits(cell)))];
  });
  for (const { name, reason } of absent) lines.push([name, `not run: ${reason}`]);
  return `${title(scenario)}\n\n${align([head, ...lines])}`;
}

/** One link's calls of {@link LARGE} logits, γ = 2: how many times as long as the first the others take. */
export function summary(groups: readonly Group[], link: Link, names: readonly string[]): string[][] {
  const ours = groups.filter(({ scenario }) => scenario.link === link && scenario.gamma === 2);
  const lines = [[`${link}, 2²⁰ logits, γ = 2`, ...ours.map(({ scenario }) => (scenario.wantGrad ? BOTH : 'value'))]];
  for (const [i, name] of names.entries()) {
    const times = ours.map(({ sizes }) => sizes.get(LARGE)?.get(name));
    const cell = (time: Time | undefined) => (time === undefined ? '–' : digits(time.ratio));
    lines.push([name, ...times.map((time) => (i === 0 ? `${time?.ns.toFixed(2)} ns` : cell(time)))]);
  }
  return lines;
}
const BOTH = 'value and gradient';

/** Who of others takes less than the first of a table of times: a sentence, since where we lose it is to be said. */
export function faster(lines: readonly (readonly string[])[]): string {
  const [head, , ...rest] = lines;
  const found = rest
    .filter(([name]) => !name.startsWith('ours'))
    .flatMap(([name, ...cells]) =>
      cells.flatMap((cell, i) =>
        cell.split(' / ').flatMap((ratio, part, all) => {
          const what = all.length > 1 ? `${head[i + 1]}, ${part === 0 ? 'value' : BOTH}` : head[i + 1];
          return Number(ratio) < 1 ? [`${name} (${what}: ${ratio})`] : [];
        }),
      ),
    );
  return found.length === 0 ? 'None of the others is faster.' : `Faster than ours: ${found.join('; ')}.`;
}

/** Whose sums of many terms are not what they should be: a line for each. */
export const footnotes = (groups: readonly Group[], names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const offs = groups.flatMap(({ sizes }) => [...sizes.values()].map((times) => times.get(name)?.off ?? 0));
    const worst = Math.max(...offs);
    return worst < 1e-3
      ? []
      : [`${name}: adds in float32, and its sum of many terms is off by up to ${(100 * worst).toFixed(1)} %.`];
  });

/** Names to the left, numbers to the right; an only cell may run over the others' columns. */
export function align(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, i) =>
    Math.max(...lines.filter((line) => line.length > 2 || i === 0).map((line) => line[i].length)),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const texts = lines.map((line) =>
    line.length === 2 && widths.length > 2
      ? `${line[0].padEnd(widths[0])}  ${line[1]}`
      : line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  return [texts[0], rule, ...texts.slice(1)].join('\n');
}

/** The same for programs. */
export const json = (groups: readonly Group[], absent: readonly Absent[], plan: Plan, cpu: string) => ({
  node: process.version,
  cpu,
  unit: 'nanoseconds an element, and times the first rival',
  rounds: plan.rounds,
  absent,
  groups: groups.map(({ scenario, sizes }) => ({
    ...scenario,
    sizes: [...sizes].map(([size, times]) => ({ size, times: Object.fromEntries(times) })),
  })),
});
