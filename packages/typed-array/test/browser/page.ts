import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { allocate, compile, engines } from '@focal-loss/typed-array';
import { compile as compileParallel } from '@focal-loss/typed-array/parallel';

export const enginesHere = () => engines();

/** Logits and targets of which every entry differs, on memory of the given kind. */
function inputs(n: number, Memory: typeof ArrayBuffer | typeof SharedArrayBuffer) {
  const logits = new Float32Array(new Memory(4 * n));
  const targets = new Float32Array(new Memory(4 * n));
  for (let i = 0; i < n; i++) {
    logits[i] = 20 * Math.sin(i);
    targets[i] = i % 7 === 0 ? 1 : 0;
  }
  return { logits, targets };
}

/** Whether two threads give, to the last bit, what one gives. */
export async function agrees(kind: 'sigmoid' | 'softmax', shared: boolean): Promise<boolean> {
  const { logits, targets } = inputs(100_000, shared ? SharedArrayBuffer : ArrayBuffer);
  const shape = [25_000, 4];
  const [loss, labels, options] =
    kind === 'sigmoid' ? [sigmoidFocal(), targets, {}] : [softmaxFocal(), targets.subarray(0, 25_000), { shape }];
  const one = compile(loss).valueAndGrad(logits, labels, options);
  const pool = await compileParallel(loss, { workers: 2, threshold: 0 });
  const two = await pool.valueAndGrad(logits, labels, options);
  await pool.dispose();
  return one.value === two.value && one.grad.every((slope, i) => slope === two.grad[i]);
}

/** What is said where the page takes no script but a trusted one. From then on the page is such a page. */
export async function untrusted(): Promise<string> {
  const policy = Object.assign(document.createElement('meta'), {
    httpEquiv: 'Content-Security-Policy',
    content: "require-trusted-types-for 'script'",
  });
  document.head.append(policy);
  return compileParallel(sigmoidFocal(), { workers: 2 }).then(String, (error) => `${error.name}: ${error.message}`);
}

/** Whether the same holds of arrays in the memory of the kernels, and whether that memory is shared. */
export async function agreesInPlace(): Promise<{ agrees: boolean; shared: boolean }> {
  const n = 100_000;
  const plain = inputs(n, ArrayBuffer);
  const logits = allocate(Float32Array, n);
  const targets = allocate(Uint8Array, n);
  const grad = allocate(Float32Array, n);
  logits.set(plain.logits);
  targets.set(plain.targets);
  const want = compile(sigmoidFocal()).valueAndGrad(plain.logits, plain.targets);
  const isSame = (value: number) => value === want.value && grad.every((slope, i) => slope === want.grad[i]);
  const one = isSame(compile(sigmoidFocal()).valueAndGrad(logits, targets, { grad }).value);
  grad.fill(0);
  const pool = await compileParallel(sigmoidFocal(), { workers: 2, threshold: 0 });
  const two = isSame((await pool.valueAndGrad(logits, targets, { grad })).value);
  await pool.dispose();
  const shared = Object.prototype.toString.call(logits.buffer) === '[object SharedArrayBuffer]';
  return { agrees: one && two, shared };
}

/** What a call says after the pool is gone. */
export async function afterDispose(): Promise<string> {
  const pool = await compileParallel(sigmoidFocal(), { workers: 2, threshold: 0 });
  await pool.dispose();
  return pool.value(new Float32Array(4), [0, 1, 0, 1]).then(String, (error) => error.message);
}
