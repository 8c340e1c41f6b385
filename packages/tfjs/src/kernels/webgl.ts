import { FocalLossError, type Loss } from '@focal-loss/core';
import { type Access, glsl, pairwise, SOFT_ROW, shareFunction } from '@focal-loss/shader';
import * as tf from '@tensorflow/tfjs-core';
import {
  type DeviceKernels,
  entryText,
  hasSlope,
  type Inputs,
  int,
  type Layout,
  present,
  registerDevice,
  softRowText,
  TERMS,
  type Uniforms,
  uniformsFor,
  uniformsForRows,
  WIDTH,
  withPrelude,
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

type Kernels = DeviceKernels<WebglBackend>;

/** Runs a program. */
function execute(
  backend: WebglBackend,
  outputShape: number[],
  inputs: Inputs,
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
  return backend.compileAndRun(program, Object.values(inputs), 'float32', values, true);
}

const access: Access = { read: (input, i) => `get${input}(${i})`, shared: (name) => name };

/** Entry by entry, two sigmoid ones a texel. A loop: drivers would write the whole loss down twice. */
const PAIRS = `
void main() {
  int i = getOutputCoords().x;
  vec4 both = vec4(0.0);
  for (int k = 0; k < 2 && i + k < count; k++) {
    vec2 at = entry(i + k);
    both = k == 0 ? vec4(at, 0.0, 0.0) : vec4(both.xy, at);
  }
  setOutput(both);
}`;

/** Losses of entries; with slopes two a texel of a packed [rows, 2], at a softmax one a texel of [2 · rows, 2]. */
const entries: Kernels['entries'] = ({ logits: X, labels: Y, weights: W, alphas: A }, attributes, backend) => {
  const { loss, rows, classes, wants } = attributes;
  const softmax = loss.link === 'softmax';
  const functions = entryText(glsl, attributes, W !== undefined, access);
  const inputs = present({ X, Y, W, A });
  const uniforms = { ...uniformsFor(glsl, loss), ...(softmax ? { classes: int(classes) } : { count: int(rows) }) };
  const main = (index: string) => `\nvoid main() { setOutput(entry(${index})); }`;
  if (!hasSlope(wants)) return execute(backend, [rows], inputs, uniforms, functions + main('getOutputCoords()'));
  const [shape, text] = softmax ? [[2 * rows, 2], main('getOutputCoords().x / 2')] : [[rows, 2], PAIRS];
  return execute(backend, shape, inputs, uniforms, functions + text, { packedOutput: true });
};

/** Losses of soft rows; with slopes one row in two texels of a packed [4 · rows, 2], each of which computes it all. */
const softRows: Kernels['softRows'] = ({ logits: X, labels: Y, weights: W, alphas: A }, attributes, backend) => {
  const { loss, rows, classes, wants } = attributes;
  const functions = softRowText(glsl, attributes, W !== undefined, access);
  const inputs = present({ X, Y, W, A });
  const uniforms = uniformsForRows(glsl, loss, classes);
  if (!hasSlope(wants)) {
    const text = `${functions}\nvoid main() { setOutput(softRow(getOutputCoords())); }`;
    return execute(backend, [rows], inputs, uniforms, text);
  }
  const halves = [SOFT_ROW.slice(0, 4), SOFT_ROW.slice(4)].map(
    (names) => `vec4(${names.map((name) => `row.${name}`)})`,
  );
  const text = `${functions}
void main() {
  int texel = getOutputCoords().x / 2;
  SoftRow row = softRow(texel / 2);
  setOutput(texel % 2 == 0 ? ${halves[0]} : ${halves[1]});
}`;
  return execute(backend, [4 * rows, 2], inputs, uniforms, text, { packedOutput: true });
};

/** The gradient of soft rows. */
const gather: Kernels['gather'] = (
  { logits: X, labels: Y, weights: W, alphas: A, entries, factor: F },
  attributes,
  backend,
) => {
  const { loss, rows, classes } = attributes;
  const unpacked = backend.unpackTensor(entries);
  const fields = SOFT_ROW.map((_, k) => `getE(${SOFT_ROW.length} * i + ${k})`);
  const code = `${softRowText(glsl, attributes, W !== undefined, access)}
void main() {
  int at = getOutputCoords();
  int i = at / classes;
  SoftRow row = SoftRow(${fields});
  setOutput(slopeAt(row, i, at - i * classes) * ${F.shape.length === 0 ? 'getF()' : 'getF(i)'});
}`;
  const E = { ...unpacked, shape: [SOFT_ROW.length * rows] };
  const inputs = present({ X, Y, W, A, E, F });
  const grad = execute(backend, [rows * classes], inputs, uniformsForRows(glsl, loss, classes), code);
  backend.disposeIntermediateTensorInfo(unpacked);
  return grad;
};

/** Sums losses, {@link TERMS} a turn. The first turn reads them from between the slopes. */
const sum: Kernels['sum'] = ({ terms }, { layout, rows }, backend) => {
  const perTexel = layout === 'pairs' ? 2 : 1;
  const packed = layout !== 'plain';
  const first = packed ? `losses(getT(${strideOf(layout)} * k, 0))` : 'getT(k)';
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
    if (turn > 0) backend.disposeIntermediateTensorInfo(current);
    current = next;
    count = shape[0];
    read = 'getT(k)';
  }
  return { ...current, shape: [] };
};

/** How many of the packed rows of a texture lie between the texels of an entry, or of a pair of them. */
const strideOf = (layout: Layout): number => Math.max(WIDTH[layout] / 2, 2);

/** One column of what `sigmoid` or `softmax` made; slopes times a factor. */
const column: Kernels['column'] = ({ entries: E, factor: F }, { layout, rows, column }, backend) => {
  const channels = column === 0 ? ['x', 'z'] : ['y', 'w'];
  const read =
    layout === 'pairs' ? `(i % 2 == 0 ? texel.${channels[0]} : texel.${channels[1]})` : `texel.${channels[0]}`;
  const code = `
void main() {
  int i = getOutputCoords();
  vec4 texel = getE(${layout === 'pairs' ? 'i' : `${strideOf(layout)} * i`}, 0);
  setOutput(${read}${F === undefined ? '' : ' * getF().x'});
}`;
  return execute(backend, [rows], present({ E, F }), {}, code, { packedInputs: true });
};

/** The gradient of rows: the slope at the class, −r_j times it at the others. */
const spread: Kernels['spread'] = ({ logits: X, labels: Y, entries, factor: F }, { rows, classes }, backend) => {
  const unpacked = backend.unpackTensor(entries);
  const main = `void main() {
  int at = getOutputCoords();
  int i = at / classes;
  float slope = getE(4 * i + 1) * ${F.shape.length === 0 ? 'getF()' : 'getF(i)'};
  // A silenced row is silent, and a bad one NaN, whatever its logits.
  if (slope == 0.0 || isNone(slope) || at == i * classes + int(getY(i))) { setOutput(slope); return; }
  setOutput(-slope * share(getX(at), getE(4 * i + 2)) / getE(4 * i + 3));
}`;
  const code = withPrelude(glsl, shareFunction(glsl), main);
  const E = { ...unpacked, shape: [4 * rows] };
  const grad = execute(backend, [rows * classes], { X, Y, E, F }, { classes: int(classes) }, code);
  backend.disposeIntermediateTensorInfo(unpacked);
  return grad;
};

/** Whether the backend `webgl` has what the fused kernels take: WebGL 2, whose shaders can look at the bits of a number. */
export const webglIsFused = (): boolean => tf.env().getNumber('WEBGL_VERSION') === 2;

/** Whether the device can only keep 16 bits of a number. */
export const webglIsNarrow = (): boolean => !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');

/** @throws {@link FocalLossError} on a device that can only keep 16 bits of a number. */
export function checkWebgl(loss: Loss): void {
  if (!webglIsNarrow()) return;
  const takes =
    'float32 textures: in float16, gradients below 6e-8 become 0, and a mean over many entries has such gradients; ' +
    "use tf.setBackend('wasm'), or 'cpu' for a model with convolutions, which tfjs cannot train on wasm; to evaluate only, " +
    'compile the loss with { evaluateOnFloat16: true }';
  throw new FocalLossError(loss.name, [{ field: 'backend', got: 'webgl with float16 textures', takes }]);
}

export const registerWebgl = (): void =>
  registerDevice<WebglBackend>('webgl', { entries, softRows, sum, column, spread, gather });
