/**
 * Two builds of this package at the same work, in turns within one process: what a change of the kernels costs or gains.
 *
 *     npm run bench -w @focal-loss/typed-array -- --against DIR [--only TEXT]
 *
 * `DIR` is the root of another clone of the repository in which `npm run build` has run.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { batch } from './data.ts';
import { duel } from './duel.ts';
import { align } from './report.ts';
import type { Batch } from './scenario.ts';

type Core = typeof import('@focal-loss/core');
type Adapter = typeof import('@focal-loss/typed-array');

/** A build: the package and the core it was built with. */
interface Build {
  readonly core: Core;
  readonly adapter: Adapter;
}

interface Case {
  readonly name: string;
  readonly loss: (core: Core) => ReturnType<Core['sigmoidFocal']>;
  readonly kind: 'hard' | 'soft' | 'softmax';
  readonly weighted?: boolean;
  /** Every seventh target becomes −1. */
  readonly ignores?: boolean;
}

const CASES: readonly Case[] = [
  { name: 'focal γ = 2', loss: (core) => core.sigmoidFocal(), kind: 'hard' },
  { name: 'focal γ = 1.5', loss: (core) => core.sigmoidFocal({ gamma: 1.5 }), kind: 'hard' },
  { name: 'FL*', loss: (core) => core.sigmoidFocalStar(), kind: 'hard' },
  { name: 'cross-entropy', loss: (core) => core.sigmoidCrossEntropy(), kind: 'hard' },
  { name: 'focal, α', loss: (core) => core.sigmoidFocal({ alpha: 0.25 }), kind: 'hard' },
  { name: 'focal, weights', loss: (core) => core.sigmoidFocal(), kind: 'hard', weighted: true },
  { name: 'focal, ignoreIndex', loss: (core) => core.sigmoidFocal({ ignoreIndex: -1 }), kind: 'hard', ignores: true },
  { name: 'focal, soft', loss: (core) => core.sigmoidFocal(), kind: 'soft' },
  { name: 'quality, soft', loss: (core) => core.qualityFocal(), kind: 'soft' },
  { name: 'FL*, soft', loss: (core) => core.sigmoidFocalStar(), kind: 'soft' },
  { name: 'softmax focal', loss: (core) => core.softmaxFocal(), kind: 'softmax' },
];

const SIZE = 2 ** 18;

/**
 * A table: for each case and engine the least nanoseconds an element and their ratio, which what else the machine does cannot lift, and the
 * median of the ratio within a round.
 */
export async function against(dir: string, only = ''): Promise<string> {
  const at = (path: string) => import(pathToFileURL(resolve(dir, 'packages', path, 'dist/index.js')).href);
  const before: Build = { core: await at('core'), adapter: await at('typed-array') };
  const now: Build = { core: await import('@focal-loss/core'), adapter: await import('@focal-loss/typed-array') };
  const lines = [['ns per element', 'before', 'now', 'ratio', 'within a round']];
  const inputs = { sigmoid: batch('sigmoid', SIZE), softmax: batch('softmax', SIZE) };
  for (const engine of now.adapter.engines()) {
    for (const each of CASES) {
      for (const wantGrad of [false, true]) {
        const name = `${engine}, ${each.name}${wantGrad ? ', gradient' : ''}`;
        if (!name.includes(only)) continue;
        const given = inputs[each.kind === 'softmax' ? 'softmax' : 'sigmoid'];
        const [old, fresh] = [before, now].map((build) => runner(build, engine, each, given, wantGrad));
        lines.push([name, ...(await duel(old, fresh, given.logits.length))]);
      }
    }
  }
  return align(lines);
}

function runner({ core, adapter }: Build, engine: string, each: Case, given: Batch, wantGrad: boolean): () => unknown {
  const run = adapter.compile(each.loss(core), { engine: engine as never });
  const { logits, rows, classes } = given;
  const targets = given.targets.map((y, i) => {
    if (each.kind === 'soft') return Math.abs(Math.sin(i));
    return each.ignores && i % 7 === 0 ? -1 : y;
  });
  const shape = classes === 1 ? [rows] : [rows, classes];
  const options = { shape, ...(each.weighted && { weights: Float32Array.from(targets, (_, i) => (i % 5) / 2) }) };
  const grad = new Float32Array(logits.length);
  return wantGrad
    ? () => run.valueAndGrad(logits, targets, { ...options, grad })
    : () => run.value(logits, targets, options);
}
