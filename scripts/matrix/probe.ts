/** The program that runs everywhere: two losses, one on worker threads, and how its numbers are judged. */
import { reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';

/** What the program finds. */
export interface Found {
  /** Of typed arrays, on the calling thread. */
  readonly value: number;
  readonly softmax: number;
  /** The same as `value`, from `/parallel`; why not, where it cannot. */
  readonly parallel: number | string;
}

const N = 4096;

/** A module that exports `probe(): Promise<Found>`. `threads` is false where `/parallel` is not to be asked. */
export const probe = ({ threads = true } = {}): string => `
import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
${threads ? "import { compile as inParallel } from '@focal-loss/typed-array/parallel';" : ''}
export async function probe() {
  const logits = Float32Array.from({ length: ${N} }, (_, i) => ((i * 7919) % 2001) / 100 - 10);
  const targets = Uint8Array.from(logits, (_, i) => (i % 10 === 0 ? 1 : 0));
  const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
  const value = compile(loss).value(logits, targets);
  const classes = Uint8Array.from({ length: ${N / 4} }, (_, i) => i % 4);
  const softmax = compile(softmaxFocal({ gamma: 1 })).value(logits, classes, { shape: [${N / 4}, 4] });
  let parallel = 'not asked';
  ${
    threads
      ? `try {
    const run = await inParallel(loss, { workers: 2, threshold: 1 });
    parallel = await run.value(logits, targets);
    await run.dispose();
  } catch (error) {
    parallel = String(error);
  }`
      : ''
  }
  return { value, softmax, parallel };
}
`;

/** A program for runtimes: prints what was found. */
export const PRINTS = "import { probe } from './probe.js';\nconsole.log('FOUND ' + JSON.stringify(await probe()));\n";

/** A program for pages: leaves it where whoever opened the page looks. */
export const SHOWS =
  "import { probe } from './probe.js';\nprobe().then((found) => { globalThis.found = found; }, (error) => { globalThis.found = { error: String(error) }; });\n";

export const PAGE = (script: string): string =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body><script type="module" src="${script}"></script>`;

/** What a program printed. */
export function printed(out: string): Found {
  const [, json] = /^FOUND (.*)$/m.exec(out) ?? [];
  if (json === undefined) throw new Error(`printed no result: ${out.trim().slice(-800)}`);
  return JSON.parse(json);
}

/** The truth, by the reference in float64. */
const logits = Float32Array.from({ length: N }, (_, i) => ((i * 7919) % 2001) / 100 - 10);
const targets = Array.from(logits, (_, i) => (i % 10 === 0 ? 1 : 0));
const classes = Array.from({ length: N / 4 }, (_, i) => i % 4);
const truth = {
  value: reference(sigmoidFocal({ gamma: 2, alpha: 0.25 })).value(logits, targets) as number,
  softmax: reference(softmaxFocal({ gamma: 1 })).value(logits, classes, { shape: [N / 4, 4] }) as number,
};

const isTrue = (got: unknown, name: keyof typeof truth) =>
  typeof got === 'number' && Math.abs(got / truth[name] - 1) < 1e-6;

/** What is to be said of it: a number, and threads; throws for a wrong number. */
export function judged(found: Found & { readonly error?: string }): string {
  if (found.error !== undefined) throw new Error(found.error);
  for (const name of ['value', 'softmax'] as const) {
    if (!isTrue(found[name], name)) throw new Error(`${name} is ${found[name]}, not ${truth[name]}`);
  }
  const value = found.value.toPrecision(6);
  if (found.parallel === 'not asked') return value;
  if (typeof found.parallel === 'number' && found.parallel !== found.value) {
    throw new Error(`/parallel gives ${found.parallel}, not ${found.value}`);
  }
  if (typeof found.parallel !== 'number') throw new Error(`/parallel: ${found.parallel}`);
  return `${value}, the same on threads`;
}
