/** How many bytes a kernel moves for a logit, counted in its text, and the README's table of them. */
import { readFileSync } from 'node:fs';
import { type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { denominatorKernel } from '../src/denominator.ts';
import { kernel } from '../src/kernel.ts';
import type { KernelSpec } from '../src/spec.ts';
import { usual } from './usual.ts';

const SIZES: Readonly<Record<string, number>> = { u32: 4, 'atomic<u32>': 4, vec4u: 16 };

/**
 * Bytes a turn of the loop in `main` moves from and to the buffers: each place once, however often it is named, as no compiler reads it
 * twice; not what only rare entries do, nor what a workgroup writes once.
 *
 * @param read Bytes of what functions read that take a logit or a target out of a word.
 */
function movedInTurn(text: string, read: Readonly<Record<string, number>> = {}): number {
  const sizes = Object.fromEntries(
    Array.from(text.matchAll(/var<storage[^>]*> (\w+): array<(.+)>;/g), ([, name, type]) => [`${name}[`, SIZES[type]]),
  );
  const [, main] = text.split('fn main(');
  const usual = main.split(/for \(; rare != 0u|let total = /)[0];
  const all: Readonly<Record<string, number>> = { ...sizes, ...read };
  const places = new Map(
    Array.from(usual.matchAll(/(\w+[[(])([^()[\]]*)[\])]/g), ([place, name]) => [place, all[name] ?? 0]),
  );
  return Array.from(places.values()).reduce((sum, bytes) => sum + bytes, 0);
}

const perLogit = (loss: Loss, spec: Partial<KernelSpec>) => {
  const whole = { ...usual, ...spec, loss };
  const read = {
    'logit(': whole.dtype === 'float16' ? 2 : 4,
    // Four targets of a byte are a word of the buffer.
    'targetAt(': whole.targets === 'uint8' ? (whole.width === 4 ? 4 : 1) : 4 * whole.width,
  };
  return movedInTurn(kernel(whole), read) / whole.width;
};
const loss = sigmoidFocal();
const positives = sigmoidFocal({ normalizer: 'positives' });
const recorded = { weighted: false, targets: 'float32', targetRows: false, inner: 1 } as const;

const counted: Readonly<Record<string, number>> = {
  'value and gradient': perLogit(loss, {}),
  'with targets of a byte': perLogit(loss, { targets: 'uint8' }),
  'value alone': perLogit(loss, { wants: ['value'] }),
  'gradient alone': perLogit(loss, { wants: ['grad'] }),
  'with weights': perLogit(loss, { weighted: true }),
  'float16, targets of a byte': perLogit(loss, { dtype: 'float16', width: 2, targets: 'uint8' }),
  "normalizer 'positives', not told":
    perLogit(positives, { measured: true }) + movedInTurn(denominatorKernel(positives, recorded, 1)),
};

it('the bytes of README are those of the kernels', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = Array.from(readme.matchAll(/^\| ([^|]+?) +\| (\d+) +\|$/gm), ([, name, bytes]) => [name, Number(bytes)]);
  expect(Object.fromEntries(rows)).toMatchObject(counted);
});

it('targets are read once wherever the denominator is known', () => {
  const text = kernel({ ...usual, loss });
  const [, main] = text.split('fn main(');
  expect(main.split('for (; rare')[0].match(/targets\[/g)).toHaveLength(1);
});

it('a softmax reads its logits three times, and writes them once', () => {
  const text = kernel({ ...usual, loss: softmaxFocal(), width: 1 });
  const [, main] = text.split('fn main(');
  expect(Array.from(main.matchAll(/for \(var j = /g))).toHaveLength(3);
});
