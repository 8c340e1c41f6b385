import { type Access, pairwise, SOFT_ROW, shareFunction, wgsl } from '@focal-loss/shader';
import type * as tf from '@tensorflow/tfjs-core';
import {
  type DeviceKernels,
  entryText,
  hasSlope,
  type Inputs,
  int,
  present,
  registerDevice,
  softRowText,
  TERMS,
  type Uniforms,
  uniformsFor,
  uniformsForRows,
  withPrelude,
} from './device.ts';

/** A program as tfjs-backend-webgpu takes it. */
interface Program {
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly dispatchLayout: { readonly x: number[] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];
  readonly uniforms: string;
  readonly shaderKey: string;
  getUserCode(): string;
}

/** What is used of tfjs-backend-webgpu, which is never imported. */
interface WebgpuBackend {
  runWebGPUProgram(
    program: Program,
    inputs: tf.TensorInfo[],
    dtype: 'float32',
    uniforms: { type: 'int32' | 'float32'; data: number[] }[],
  ): tf.TensorInfo;
  disposeData(dataId: object): boolean;
}

const WORKGROUP = 64;

type Kernels = DeviceKernels<WebgpuBackend>;

/** Runs a program, one invocation a thread. */
function execute(
  backend: WebgpuBackend,
  outputSize: number,
  threads: number,
  inputs: Inputs,
  uniforms: Uniforms,
  userCode: string,
): tf.TensorInfo {
  const program: Program = {
    variableNames: Object.keys(inputs),
    outputShape: [outputSize],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / WORKGROUP), 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
    uniforms: Object.entries(uniforms)
      .map(([name, { type }]) => `${name} : ${wgsl.typeName(type)}, `)
      .join(''),
    shaderKey: userCode,
    getUserCode: () => userCode,
  };
  const values = Object.values(uniforms).map(({ type, value }) => ({ type: `${type}32` as const, data: [value] }));
  return backend.runWebGPUProgram(program, Object.values(inputs), 'float32', values);
}

// Inputs are read as f32(…) even if they are float32 tensors: casts to float32 leave integers where they are.
const access: Access = { read: (input, i) => `f32(${input}[${i}])`, shared: (name) => `uniforms.${name}` };

/** Losses, and behind all of them slopes; at a softmax then largest other logits and sums of shares. 1, 2 or 4 · [rows]. */
const entries: Kernels['entries'] = ({ logits: X, labels: Y, weights: W, alphas: A }, attributes, backend) => {
  const { loss, rows, classes, wants } = attributes;
  const softmax = loss.link === 'softmax';
  const width = !hasSlope(wants) ? 1 : softmax ? 4 : 2;
  const kept = Array.from({ length: width }, (_, k) =>
    width === 1 ? 'result[index] = at;' : `result[${k} * uniforms.rows + index] = at[${k}];`,
  );
  const main = `
fn main(index : i32) {
  if (index < uniforms.rows) {
    let at = entry(index);
    ${kept.join('\n    ')}
  }
}`;
  const code = entryText(wgsl, attributes, W !== undefined, access) + main;
  const uniforms = { ...uniformsFor(wgsl, loss), rows: int(rows), ...(softmax && { classes: int(classes) }) };
  return execute(backend, width * rows, rows, present({ X, Y, W, A }), uniforms, code);
};

/** Losses of soft rows, and with slopes behind all of them the other fields of {@link SOFT_ROW}. */
const softRows: Kernels['softRows'] = ({ logits: X, labels: Y, weights: W, alphas: A }, attributes, backend) => {
  const { loss, rows, classes, wants } = attributes;
  const slope = hasSlope(wants);
  const kept = SOFT_ROW.map((name, k) => `result[${k} * uniforms.rows + index] = row.${name};`);
  const code = `${softRowText(wgsl, attributes, W !== undefined, access)}
fn main(index : i32) {
  if (index < uniforms.rows) {
    let row = softRow(index);
    ${slope ? kept.join('\n    ') : 'result[index] = row;'}
  }
}`;
  const uniforms = { ...uniformsForRows(wgsl, loss, classes), rows: int(rows) };
  const width = slope ? SOFT_ROW.length : 1;
  return execute(backend, width * rows, rows, present({ X, Y, W, A }), uniforms, code);
};

/** The gradient of soft rows. */
const gather: Kernels['gather'] = (
  { logits: X, labels: Y, weights: W, alphas: A, entries: E, factor: F },
  attributes,
  backend,
) => {
  const { loss, rows, classes } = attributes;
  const fields = SOFT_ROW.map((_, k) => `E[${k} * uniforms.rows + i]`);
  const code = `${softRowText(wgsl, attributes, W !== undefined, access)}
fn main(index : i32) {
  if (index >= uniforms.rows * uniforms.classes) { return; }
  let i = index / uniforms.classes;
  let row = SoftRow(${fields.join(', ')});
  result[index] = slopeAt(row, i, index - i * uniforms.classes) * f32(F[${F.shape.length === 0 ? '0' : 'i'}]);
}`;
  const uniforms = { ...uniformsForRows(wgsl, loss, classes), rows: int(rows) };
  return execute(backend, rows * classes, rows * classes, present({ X, Y, W, A, E, F }), uniforms, code);
};

/** Sums the first `rows` terms, {@link TERMS} a turn. */
const sum: Kernels['sum'] = ({ terms }, { rows }, backend) => {
  const leaves = Array.from({ length: TERMS }, (_, k) => `term(index + ${k} * uniforms.sums)`);
  const code = `
fn term(k : i32) -> f32 {
  if (k < uniforms.count) { return f32(T[k]); }
  return 0.0;
}
fn main(index : i32) {
  if (index < uniforms.sums) { result[index] = ${pairwise(leaves)}; }
}`;
  let count = rows;
  let current = terms;
  do {
    const sums = Math.ceil(count / TERMS);
    const next = execute(backend, sums, sums, { T: current }, { count: int(count), sums: int(sums) }, code);
    if (current !== terms) backend.disposeData(current.dataId);
    current = next;
    count = sums;
  } while (count > 1);
  return { ...current, shape: [] };
};

/** One column of what `sigmoid` or `softmax` made; slopes times a factor. */
const column: Kernels['column'] = ({ entries: E, factor: F }, { rows, column }, backend) => {
  const code = `fn main(index : i32) {
  if (index < uniforms.rows) { result[index] = E[${column} * uniforms.rows + index]${F === undefined ? '' : ' * f32(F[0])'}; }
}`;
  return execute(backend, rows, rows, present({ E, F }), { rows: int(rows) }, code);
};

/** The gradient of rows: the slope at the class, −r_j times it at the others. */
const spread: Kernels['spread'] = ({ logits: X, labels: Y, entries: E, factor: F }, { rows, classes }, backend) => {
  const main = `fn main(index : i32) {
  if (index >= uniforms.rows * uniforms.classes) { return; }
  let i = index / uniforms.classes;
  let slope = E[uniforms.rows + i] * f32(F[${F.shape.length === 0 ? '0' : 'i'}]);
  // A silenced row is silent, and a bad one NaN, whatever its logits.
  if (slope == 0.0 || isNone(slope) || index == i * uniforms.classes + i32(Y[i])) { result[index] = slope; return; }
  result[index] = -slope * share(f32(X[index]), E[2 * uniforms.rows + i]) / E[3 * uniforms.rows + i];
}`;
  const code = withPrelude(wgsl, shareFunction(wgsl), main);
  const uniforms = { rows: int(rows), classes: int(classes) };
  return execute(backend, rows * classes, rows * classes, { X, Y, E, F }, uniforms, code);
};

export const registerWebgpu = (): void =>
  registerDevice<WebgpuBackend>('webgpu', { entries, softRows, sum, column, spread, gather });
