import { FocalLossError, type Loss } from '@focal-loss/core';
import {
  glsl,
  lossFunction,
  marginLoss,
  parametersOf,
  prelude,
  rowFunctions,
  scaleFunction,
  shareFunction,
} from '@focal-loss/shader';
import * as tf from '@tensorflow/tfjs-core';
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

/** A program as tfjs-backend-webgl takes it. */
interface Program {
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly userCode: string;
  readonly customUniforms: { name: string; type: 'float' | 'int' }[];
  readonly packedInputs: boolean;
  readonly packedOutput: boolean;
  readonly enableShapeUniforms: boolean;
}

/** What is used of tfjs-backend-webgl, which is never imported. */
interface WebglBackend {
  compileAndRun(
    program: Program,
    inputs: tf.TensorInfo[],
    dtype: 'float32',
    uniforms: number[][],
    keepPacked: boolean,
  ): tf.TensorInfo;
  unpackTensor(info: tf.TensorInfo): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

type Uniforms = Readonly<Record<string, { readonly type: 'float' | 'int'; readonly value: number }>>;

/** Runs a program. Sizes and parameters are uniforms, so that one text serves all. */
function execute(
  backend: object,
  outputShape: number[],
  inputs: Record<string, tf.TensorInfo>,
  uniforms: Uniforms,
  userCode: string,
  { packedInputs = false, packedOutput = false } = {},
): tf.TensorInfo {
  const program: Program = {
    variableNames: Object.keys(inputs),
    outputShape,
    userCode,
    customUniforms: Object.entries(uniforms).map(([name, { type }]) => ({ name, type })),
    packedInputs,
    packedOutput,
    enableShapeUniforms: true,
  };
  const values = Object.values(uniforms).map(({ value }) => [value]);
  return (backend as WebglBackend).compileAndRun(program, Object.values(inputs), 'float32', values, true);
}

const withPrelude = (...parts: readonly string[]) => [prelude(glsl, parts.join('\n')), ...parts].join('\n\n');

const int = (value: number) => ({ type: 'int' as const, value });
const float = (value: number) => ({ type: 'float' as const, value });

const uniformsFor = (loss: Loss): Uniforms =>
  Object.fromEntries(openNumbers(glsl, loss).map(({ name, value }) => [name, float(value)]));

const argumentsOf = (loss: Loss) =>
  parametersOf(loss)
    .map(({ name }) => `, ${name}`)
    .join('');

/** The start of a function that returns what entry i contributes: 0 if it is ignored, NaN if target or weight is bad. */
function scale(loss: Loss, weighted: boolean, type: string, isTarget: string): string {
  const args = scaleFunction(glsl, loss).params.map(({ name }) => (name === 'alpha' ? 'getA(int(y))' : name));
  return `float y = getY(i);
  ${loss.ignoreIndex === undefined ? '' : `if (y == ignoreIndex) { return ${type}(0.0); }`}
  if (isnan(y) || !(${isTarget})) { return ${type}(NAN); }
  ${weighted ? `float w = getW(i);\n  if (isnan(w) || isinf(w) || w < 0.0) { return ${type}(NAN); }` : 'float w = 1.0;'}
  float scale = scaleOf(${['y', 'w', ...args].join(', ')});
  if (scale == 0.0) { return ${type}(0.0); }`;
}

/** Losses of single entries; with their slopes, two entries a texel of a packed [rows, 2]. */
function sigmoid(
  { logits: X, labels: Y, weights: W }: Record<string, tf.TensorInfo>,
  { loss, rows, wants }: EntryAttributes,
  backend: object,
): tf.TensorInfo {
  const slope = hasSlope(wants);
  const type = slope ? 'vec2' : 'float';
  const functions = once(loss, `webgl ${wants} ${W !== undefined}`, () => {
    const call = `loss(x, y${argumentsOf(loss)})`;
    const entry = `${type} entry(int i) {
  ${scale(loss, W !== undefined, type, 'y >= 0.0 && y <= 1.0')}
  float x = getX(i);
  if (isnan(x)) { return ${type}(NAN); }
  ${slope ? `Point at = ${call};\n  return scale * vec2(at.value, at.slope);` : `return scale * ${call};`}
}`;
    return withPrelude(scaleFunction(glsl, loss).code, lossFunction(glsl, loss, wants).code, entry);
  });
  const inputs = { X, Y, ...(W === undefined ? {} : { W }) };
  const uniforms = { ...uniformsFor(loss), count: int(rows) };
  if (!slope) {
    return execute(
      backend,
      [rows],
      inputs,
      uniforms,
      `${functions}\nvoid main() { setOutput(entry(getOutputCoords())); }`,
    );
  }
  const main = `
void main() {
  int i = getOutputCoords().x;
  // A loop: drivers would write the whole loss down twice.
  vec4 both = vec4(0.0);
  for (int k = 0; k < 2 && i + k < count; k++) {
    vec2 at = entry(i + k);
    both = k == 0 ? vec4(at, 0.0, 0.0) : vec4(both.xy, at);
  }
  setOutput(both);
}`;
  return execute(backend, [rows, 2], inputs, uniforms, functions + main, { packedOutput: true });
}

/** Losses of rows; with slope, largest other logit and sum of shares, one row a texel of a packed [2 · rows, 2]. */
function softmax(
  { logits: X, labels: Y, weights: W, alphas: A }: Record<string, tf.TensorInfo>,
  { loss, rows, classes, wants }: EntryAttributes,
  backend: object,
): tf.TensorInfo {
  const slope = hasSlope(wants);
  const type = slope ? 'vec4' : 'float';
  const functions = once(loss, `webgl ${wants} ${W !== undefined}`, () => {
    const call = `loss(marginOf(x, largest, sum)${argumentsOf(loss)})`;
    const entry = `${type} entry(int i) {
  ${scale(loss, W !== undefined, type, 'y >= 0.0 && y < float(classes) && floor(y) == y')}
  int first = i * classes;
  int hit = int(y);
  float largest = getX(first + (hit == 0 ? 1 : 0));
  bool none = false;
  for (int j = 0; j < classes; j++) {
    float x = getX(first + j);
    none = none || isnan(x);
    if (j != hit) { largest = max(largest, x); }
  }
  float sum = 0.0;
  float lost = 0.0;
  for (int j = 0; j < classes; j++) {
    if (j == hit) { continue; }
    float term = share(getX(first + j), largest) - lost;
    float next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  float x = getX(first + hit);
  if (none || (isinf(x) && x == largest)) { return ${type}(NAN); }
  ${slope ? `Point at = ${call};\n  return vec4(scale * at.value, scale * at.slope, largest, sum);` : `return scale * ${call};`}
}`;
    const functions = [scaleFunction(glsl, loss).code, marginLoss(glsl, loss, wants).code, rowFunctions(glsl)];
    return withPrelude(...functions, entry);
  });
  const inputs = { X, Y, ...(W === undefined ? {} : { W }), ...(A === undefined ? {} : { A }) };
  const uniforms = { ...uniformsFor(loss), classes: int(classes) };
  const main = (index: string) => `\nvoid main() { setOutput(entry(${index})); }`;
  if (!slope) return execute(backend, [rows], inputs, uniforms, functions + main('getOutputCoords()'));
  const shape = [2 * rows, 2];
  return execute(backend, shape, inputs, uniforms, functions + main('getOutputCoords().x / 2'), { packedOutput: true });
}

/** Sums losses, {@link TERMS} a turn. The first turn reads them from between the slopes. */
function sum(
  { terms }: Record<string, tf.TensorInfo>,
  { layout, rows }: SumAttributes,
  backend: object,
): tf.TensorInfo {
  const webgl = backend as WebglBackend;
  const perTexel = layout === 'pairs' ? 2 : 1;
  const packed = layout !== 'plain';
  const first = { plain: 'getT(k)', pairs: 'losses(getT(2 * k, 0))', rows: 'losses(getT(2 * k, 0))' }[layout];
  let count = Math.ceil(rows / perTexel);
  let current = terms;
  let read = first;
  for (let turn = 0; turn === 0 || count > 1; turn++) {
    const shape = [Math.ceil(count / TERMS)];
    const leaves = Array.from({ length: TERMS }, (_, i) => `term(${TERMS} * i + ${i})`);
    const code = `
float losses(vec4 texel) { return ${layout === 'pairs' ? 'texel.x + texel.z' : 'texel.x'}; }
float term(int k) { return k < count ? ${read} : 0.0; }
void main() {
  int i = getOutputCoords();
  setOutput(${pairwise(leaves)});
}`;
    const next = execute(backend, shape, { T: current }, { count: int(count) }, code, {
      packedInputs: turn === 0 && packed,
    });
    if (turn > 0) webgl.disposeIntermediateTensorInfo(current);
    current = next;
    count = shape[0];
    read = 'getT(k)';
  }
  return { ...current, shape: [] };
}

/** One column of what `sigmoid` or `softmax` made; slopes times a factor. */
function column(
  { entries: E, factor: F }: Record<string, tf.TensorInfo>,
  { layout, rows, column }: ColumnAttributes,
  backend: object,
): tf.TensorInfo {
  const channels = column === 0 ? ['x', 'z'] : ['y', 'w'];
  const read =
    layout === 'pairs' ? `(i % 2 == 0 ? texel.${channels[0]} : texel.${channels[1]})` : `texel.${channels[0]}`;
  const code = `
void main() {
  int i = getOutputCoords();
  vec4 texel = getE(${layout === 'pairs' ? 'i' : '2 * i'}, 0);
  setOutput(${read}${F === undefined ? '' : ' * getF().x'});
}`;
  return execute(backend, [rows], { E, ...(F === undefined ? {} : { F }) }, {}, code, { packedInputs: true });
}

/** The gradient of rows: the slope at the class, −r_j times it at the others. */
function spread(
  { logits: X, labels: Y, entries, factor: F }: Record<string, tf.TensorInfo>,
  { rows, classes }: SpreadAttributes,
  backend: object,
): tf.TensorInfo {
  const webgl = backend as WebglBackend;
  const unpacked = webgl.unpackTensor(entries);
  const main = `void main() {
  int at = getOutputCoords();
  int i = at / classes;
  float slope = getE(4 * i + 1) * ${F.shape.length === 0 ? 'getF()' : 'getF(i)'};
  // A silenced row is silent, and a bad one NaN, whatever its logits.
  if (slope == 0.0 || isnan(slope) || at == i * classes + int(getY(i))) { setOutput(slope); return; }
  setOutput(-slope * share(getX(at), getE(4 * i + 2)) / getE(4 * i + 3));
}`;
  const code = withPrelude(shareFunction(glsl), main);
  const E = { ...unpacked, shape: [4 * rows] };
  const grad = execute(backend, [rows * classes], { X, Y, E, F }, { classes: int(classes) }, code);
  webgl.disposeIntermediateTensorInfo(unpacked);
  return grad;
}

/** Whether the backend `webgl` has what the fused kernels take: WebGL 2, whose shaders can look at the bits of a number. */
export const webglIsFused = (): boolean => tf.env().getNumber('WEBGL_VERSION') === 2;

/** @throws {@link FocalLossError} on a device that can only keep 16 bits of a number. */
export function checkWebgl(loss: Loss): void {
  if (tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return;
  const takes =
    "float32 textures: in float16, gradients below 6e-8 become 0, as those of a mean over many entries are; use tf.setBackend('wasm')";
  throw new FocalLossError(loss.name, [{ field: 'backend', got: 'webgl with float16 textures', takes }]);
}

export function registerWebgl(): void {
  register(NAMES.sigmoid, 'webgl', sigmoid);
  register(NAMES.softmax, 'webgl', softmax);
  register(NAMES.sum, 'webgl', sum);
  register(NAMES.column, 'webgl', column);
  register(NAMES.spread, 'webgl', spread);
}
