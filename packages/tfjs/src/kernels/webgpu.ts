import type { Loss } from '@focal-loss/core';
import {
  lossFunction,
  marginLoss,
  parametersOf,
  prelude,
  rowFunctions,
  scaleFunction,
  shareFunction,
  wgsl,
} from '@focal-loss/shader';
import type * as tf from '@tensorflow/tfjs-core';
import {
  type ColumnAttributes,
  type EntryAttributes,
  hasSlope,
  NAMES,
  once,
  openNumbers,
  pairwise,
  register,
  type SpreadAttributes,
  type SumAttributes,
  TERMS,
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

type Uniforms = Readonly<Record<string, { readonly type: 'i32' | 'f32'; readonly value: number }>>;

/** Runs a program, one invocation a thread. Sizes and parameters are uniforms, so that one text serves all. */
function execute(
  backend: object,
  outputSize: number,
  threads: number,
  inputs: Record<string, tf.TensorInfo>,
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
      .map(([name, { type }]) => `${name} : ${type}, `)
      .join(''),
    shaderKey: userCode,
    getUserCode: () => userCode,
  };
  const values = Object.values(uniforms).map(({ type, value }) => ({
    type: type === 'i32' ? ('int32' as const) : ('float32' as const),
    data: [value],
  }));
  return (backend as WebgpuBackend).runWebGPUProgram(program, Object.values(inputs), 'float32', values);
}

const int = (value: number) => ({ type: 'i32' as const, value });

const uniformsFor = (loss: Loss): Uniforms =>
  Object.fromEntries(openNumbers(wgsl, loss).map(({ name, value }) => [name, { type: 'f32' as const, value }]));

const uniform = (name: string) => `uniforms.${name}`;
const argumentsOf = (loss: Loss) =>
  parametersOf(loss)
    .map(({ name }) => `, ${uniform(name)}`)
    .join('');

// Inputs are read as f32(…) even if they are float32 tensors: casts to float32 leave integers where they are.

/** By its bits: a compiler may assume that no float is NaN. */
const NONE = `fn isNone(a : f32) -> bool { return (bitcast<u32>(a) & 0x7fffffffu) > 0x7f800000u; }`;

/** The start of a function that returns what entry i contributes: 0 if it is ignored, NaN if target or weight is bad. */
function scale(loss: Loss, weighted: boolean, type: string, isTarget: string): string {
  const { params } = scaleFunction(wgsl, loss);
  const args = params.map(({ name }) => (name === 'alpha' ? 'A[i32(y)]' : uniform(name)));
  return `let y = f32(Y[i]);
  ${loss.ignoreIndex === undefined ? '' : `if (y == uniforms.ignoreIndex) { return ${type}(0.0); }`}
  if (isNone(y) || !(${isTarget})) { return ${type}(uniforms.NAN); }
  ${weighted ? `let w = f32(W[i]);\n  if (isNone(w) || w < 0.0 || w > 3.4028234e38) { return ${type}(uniforms.NAN); }` : 'let w = 1.0;'}
  let scale = scaleOf(${['y', 'w', ...args].join(', ')});
  if (scale == 0.0) { return ${type}(0.0); }`;
}

/** The functions of one loss with their helpers, and a main that keeps what `entry` returns. */
const shader = (loss: Loss, parts: readonly string[], width: number): string => {
  const code = [scaleFunction(wgsl, loss).code, ...parts].join('\n\n');
  const kept = Array.from({ length: width }, (_, k) =>
    width === 1 ? 'result[index] = at;' : `result[${k} * uniforms.rows + index] = at[${k}];`,
  );
  return `${prelude(wgsl, code)}
${NONE}
${code}
fn main(index : i32) {
  if (index < uniforms.rows) {
    let at = entry(index);
    ${kept.join('\n    ')}
  }
}`;
};

/** Losses of single entries, and behind them their slopes: [rows] or [2 · rows]. */
function sigmoid(
  { logits: X, labels: Y, weights: W }: Record<string, tf.TensorInfo>,
  { loss, rows, wants }: EntryAttributes,
  backend: object,
): tf.TensorInfo {
  const weighted = W !== undefined;
  const slope = hasSlope(wants);
  const type = slope ? 'vec2<f32>' : 'f32';
  const code = once(loss, `webgpu ${wants} ${weighted}`, () => {
    const call = `loss(x, y${argumentsOf(loss)})`;
    const entry = `fn entry(i : i32) -> ${type} {
  ${scale(loss, weighted, type, 'y >= 0.0 && y <= 1.0')}
  let x = f32(X[i]);
  if (isNone(x)) { return ${type}(uniforms.NAN); }
  ${slope ? `let at = ${call};\n  return scale * vec2<f32>(at.value, at.slope);` : `return scale * ${call};`}
}`;
    return shader(loss, [lossFunction(wgsl, loss, wants).code, entry], slope ? 2 : 1);
  });
  const inputs = { X, Y, ...(W === undefined ? {} : { W }) };
  return execute(backend, slope ? 2 * rows : rows, rows, inputs, { ...uniformsFor(loss), rows: int(rows) }, code);
}

/** Losses of rows, and behind them their slopes, largest other logits and sums of shares: [rows] or [4 · rows]. */
function softmax(
  { logits: X, labels: Y, weights: W, alphas: A }: Record<string, tf.TensorInfo>,
  { loss, rows, classes, wants }: EntryAttributes,
  backend: object,
): tf.TensorInfo {
  const weighted = W !== undefined;
  const slope = hasSlope(wants);
  const type = slope ? 'vec4<f32>' : 'f32';
  const code = once(loss, `webgpu ${wants} ${weighted}`, () => {
    const call = `loss(marginOf(x, largest, sum)${argumentsOf(loss)})`;
    const entry = `fn entry(i : i32) -> ${type} {
  ${scale(loss, weighted, type, 'y >= 0.0 && y < f32(uniforms.classes) && floor(y) == y')}
  let first = i * uniforms.classes;
  let hit = i32(y);
  var largest = f32(X[first + select(0, 1, hit == 0)]);
  var none = false;
  for (var j = 0; j < uniforms.classes; j++) {
    let x = f32(X[first + j]);
    none = none || isNone(x);
    if (j != hit) { largest = max(largest, x); }
  }
  var sum = 0.0;
  var lost = 0.0;
  for (var j = 0; j < uniforms.classes; j++) {
    if (j == hit) { continue; }
    let term = share(f32(X[first + j]), largest) - lost;
    let next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  let x = f32(X[first + hit]);
  if (none || (x == largest && abs(x) > 3.4028234e38)) { return ${type}(uniforms.NAN); }
  ${slope ? `let at = ${call};\n  return vec4<f32>(scale * at.value, scale * at.slope, largest, sum);` : `return scale * ${call};`}
}`;
    return shader(loss, [marginLoss(wgsl, loss, wants).code, rowFunctions(wgsl), entry], slope ? 4 : 1);
  });
  const inputs = { X, Y, ...(W === undefined ? {} : { W }), ...(A === undefined ? {} : { A }) };
  const uniforms = { ...uniformsFor(loss), rows: int(rows), classes: int(classes) };
  return execute(backend, slope ? 4 * rows : rows, rows, inputs, uniforms, code);
}

/** Sums the first `rows` terms, {@link TERMS} a turn. */
function sum({ terms }: Record<string, tf.TensorInfo>, { rows }: SumAttributes, backend: object): tf.TensorInfo {
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
    if (current !== terms) (backend as WebgpuBackend).disposeData(current.dataId);
    current = next;
    count = sums;
  } while (count > 1);
  return { ...current, shape: [] };
}

/** One column of what `sigmoid` or `softmax` made; slopes times a factor. */
function column(
  { entries: E, factor: F }: Record<string, tf.TensorInfo>,
  { rows, column }: ColumnAttributes,
  backend: object,
): tf.TensorInfo {
  const code = `fn main(index : i32) {
  if (index < uniforms.rows) { result[index] = E[${column} * uniforms.rows + index]${F === undefined ? '' : ' * f32(F[0])'}; }
}`;
  return execute(backend, rows, rows, { E, ...(F === undefined ? {} : { F }) }, { rows: int(rows) }, code);
}

/** The gradient of rows: the slope at the class, −r_j times it at the others. */
function spread(
  { logits: X, labels: Y, entries: E, factor: F }: Record<string, tf.TensorInfo>,
  { rows, classes }: SpreadAttributes,
  backend: object,
): tf.TensorInfo {
  const share = shareFunction(wgsl);
  const code = `${prelude(wgsl, share)}
${NONE}
${share}
fn main(index : i32) {
  if (index >= uniforms.rows * uniforms.classes) { return; }
  let i = index / uniforms.classes;
  let slope = E[uniforms.rows + i] * f32(F[${F.shape.length === 0 ? '0' : 'i'}]);
  // A silenced row is silent, and a bad one NaN, whatever its logits.
  if (slope == 0.0 || isNone(slope) || index == i * uniforms.classes + i32(Y[i])) { result[index] = slope; return; }
  result[index] = -slope * share(f32(X[index]), E[2 * uniforms.rows + i]) / E[3 * uniforms.rows + i];
}`;
  const uniforms = { rows: int(rows), classes: int(classes) };
  return execute(backend, rows * classes, rows * classes, { X, Y, E, F }, uniforms, code);
}

export function registerWebgpu(): void {
  register(NAMES.sigmoid, 'webgpu', sigmoid);
  register(NAMES.softmax, 'webgpu', softmax);
  register(NAMES.sum, 'webgpu', sum);
  register(NAMES.column, 'webgpu', column);
  register(NAMES.spread, 'webgpu', spread);
}
