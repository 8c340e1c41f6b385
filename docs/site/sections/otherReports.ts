/** What the suite says of other people's implementations, from the figures that were kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../readme/table.ts';
import { root } from '../packages.ts';

interface Clause {
  readonly id: string;
  readonly checks: number;
  readonly failed: number;
  readonly value?: number | string;
  readonly grad?: number | string;
}

/** One implementation: its figures, or why there are none. */
interface Peer {
  readonly name?: string;
  readonly dtype?: string;
  readonly verdict: string;
  readonly reason?: string;
  readonly allowance?: number;
  readonly checks?: number;
  readonly failed?: number;
  readonly clauses?: readonly Clause[];
}

const { peers } = JSON.parse(readFileSync(join(root, 'conformance/peers/reports.json'), 'utf8')) as {
  peers: Readonly<Record<string, Peer>>;
};

/** `optax 0.2.8, jax 0.10.2` of `optax (optax 0.2.8, jax 0.10.2)`. */
const versionsOf = ({ name = '' }: Peer) => /\((.*)\)$/.exec(name)?.[1] ?? '';
const shortOf = (id: string, { name }: Peer) => name?.replace(/ \(.*\)$/, '') ?? id;

/** Names and versions, and how much of what is asked of them they pass. */
export const otherReports = (): string =>
  table(
    Object.entries(peers).map(([id, peer]) => ({
      implementation: shortOf(id, peer),
      versions: versionsOf(peer),
      format: peer.dtype ?? '',
      'checks that pass':
        peer.checks === undefined ? `not run: ${peer.reason}` : `${peer.checks - (peer.failed ?? 0)} of ${peer.checks}`,
      'allowed error': peer.allowance?.toExponential(0) ?? '',
    })),
  );

/** What a page compares, in the reader's words. */
const asked: readonly (readonly [words: string, clause: string])[] = [
  ['ordinary logits', 'values.ordinary'],
  ['logits near 0', 'values.tiny'],
  ['saturated logits', 'values.saturated'],
  ['beyond what float32 can exponentiate', 'values.extreme'],
  ['logits up to 10³⁷', 'values.huge'],
  ['labels between 0 and 1', 'soft-labels'],
  ['α', 'alpha'],
  ['the gradient of hard examples', 'hard-examples.gradient'],
  ['no finite logit gives NaN', 'hard-examples.finite'],
  ['NaN and infinite logits', 'nonfinite'],
  ['nothing to add up', 'empty'],
  ['targets that are none', 'bad-targets'],
  ['calls drawn at random', 'random'],
];

const figure = (error: number | string | undefined) =>
  error === undefined ? '' : typeof error === 'string' ? 'NaN or ∞' : error === 0 ? '0' : error.toExponential(0);

/** The larger of two errors, one of which may be a word. */
const worse = ({ value = 0, grad = 0 }: Clause) =>
  [value, grad].find((error) => typeof error === 'string') ?? Math.max(Number(value), Number(grad));

/** A row a clause, a column an implementation: how many checks fail, and the worst error. */
export const otherClauses = (): string =>
  table(
    asked.map(([words, id]) => ({
      asked: words,
      clause: `\`${id}\``,
      ...Object.fromEntries(
        Object.entries(peers).map(([key, peer]) => {
          const clause = peer.clauses?.find((one) => one.id === id);
          if (clause === undefined) return [shortOf(key, peer), 'not run'];
          const { checks, failed } = clause;
          const verdict = failed === 0 ? 'passes' : `${failed} of ${checks} fail`;
          const worst = figure(worse(clause));
          // A refusal that is missing, or a NaN that is told in words, has no size.
          return [shortOf(key, peer), failed > 0 && worst === '0' ? verdict : `${verdict}; ${worst}`];
        }),
      ),
    })),
  );
