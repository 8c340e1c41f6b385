import { defineLoss, type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { type ArrayKind, allocate, compile, engines, type TypedArrayLoss } from '@focal-loss/typed-array';
import { compile as compileParallel } from '@focal-loss/typed-array/parallel';
import type { Batch, Scenario } from '../scenario.ts';
import type { Rival, Runner } from './rival.ts';

const lossOf = ({ link, gamma }: Scenario): Loss<'sum'> =>
  (link === 'sigmoid' ? sigmoidFocal : softmaxFocal)({ gamma, reduction: 'sum' });

function runner(run: TypedArrayLoss<'sum'>, { wantGrad }: Scenario, batch: Batch): Runner {
  const { logits, targets, rows, classes } = batch;
  const shape = classes === 1 ? [rows] : [rows, classes];
  if (!wantGrad) return { run: () => ({ value: run.value(logits, targets, { shape }) }) };
  const grad = new Float32Array(logits.length);
  return { run: () => run.valueAndGrad(logits, targets, { shape, grad }) };
}

/** This adapter with each engine that the runtime has, the best first. */
export const ours: Rival[] = engines().map((engine) => ({
  name: `ours, ${engine}`,
  prepare: (scenario, batch) => runner(compile(lossOf(scenario), { engine }), scenario, batch),
}));

/** The best of them on arrays in the memory of its kernels. */
export const placed: Rival = {
  name: 'ours, in place',
  prepare(scenario, { logits, targets, rows, classes }) {
    const run = compile(lossOf(scenario));
    const [x, y, grad] = [inOurs(logits), inOurs(targets), inOurs(logits)];
    const shape = classes === 1 ? [rows] : [rows, classes];
    return {
      run: () => (scenario.wantGrad ? run.valueAndGrad(x, y, { shape, grad }) : { value: run.value(x, y, { shape }) }),
    };
  },
};

/** The same numbers in the memory of the kernels. */
export function inOurs<A extends Float32Array | Uint8Array | Int32Array>(array: A): A {
  const made = allocate(array.constructor as ArrayKind<A>, array.length);
  made.set(array as never);
  return made;
}

/** The best of them on all cores; from ordinary arrays, which are copied, or on arrays that all threads share. */
export const pooled = (shared: boolean): Rival => ({
  name: shared ? 'ours, threads, in place' : 'ours, threads',
  async prepare(scenario, { logits, targets, rows, classes }) {
    const { value, valueAndGrad, dispose } = await compileParallel(lossOf(scenario));
    const place = <A extends Float32Array | Int32Array>(array: A) => (shared ? inOurs(array) : (array.slice() as A));
    const [x, y, grad] = [place(logits), place(targets), place(logits)];
    const shape = classes === 1 ? [rows] : [rows, classes];
    return {
      run: async () =>
        scenario.wantGrad ? valueAndGrad(x, y, { shape, grad }) : { value: await value(x, y, { shape }) },
      close: dispose,
    };
  },
});

/** The same formula as a member of the user's own: run through the algebra of numbers, element by element. */
export const ownMember: Rival = {
  name: 'ours, own member',
  prepare(scenario, batch) {
    const { formula, params } = lossOf(scenario);
    const copy: typeof formula = (o, x, y, numbers) => formula(o, x, y, numbers);
    const loss = defineLoss({ name: 'own', formula: copy, params, link: scenario.link, reduction: 'sum' });
    return runner(compile(loss), scenario, batch);
  },
};
