/** Steps as queries one over the other. */
import type { Dialect } from './dialects.ts';
import { layout } from './layout.ts';
import type { Step } from './ops.ts';

export const namesIn = (text: string) => text.match(/[A-Za-z_]\w*/g) ?? [];

/**
 * `WITH …`: the queries of `base`, and over the last of them one for each turn of the steps, which has what needs no other of it.
 *
 * @param columns What the columns of the first are called, in brackets, if it does not say it itself.
 */
export function stages({ apart }: Dialect, base: readonly string[], steps: readonly Step[], columns = '') {
  const turn = new Map<string, number>();
  const turns: string[][] = [];
  for (const [name, text] of steps) {
    const at = Math.max(0, ...namesIn(text).map((own) => (turn.get(own) ?? -1) + 1));
    turn.set(name, at);
    turns[at] = [...(turns[at] ?? []), `\n  ${layout(text, '  ')} AS ${name}`];
  }
  const all = [...base, ...turns.map((list, i) => `SELECT *,${list.join(',')}\nFROM s${base.length + i}`)];
  const named = all.map((text, i) => `s${i + 1}${i === 0 ? columns : ''} AS${apart} (${text})`);
  return { text: `WITH ${named.join(',\n')}`, last: `s${all.length}` };
}
