/**
 * The forward pass of SSD MobileNetV1 up to the class logits, in plain TypeScript. The package's own build returns only
 * their sigmoid, rounded to float32, and needs all of TensorFlow.js for it.
 */
import { readFileSync } from 'node:fs';

/** An image or feature map, channels last. */
export interface FeatureMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = ReadonlyMap<string, Tensor>;

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization?: { readonly scale: number; readonly min: number };
}

/** Reads weights in the TensorFlow.js format, one byte each where they are quantized and a float32 where not. */
export function readWeights(manifestPath: string, binaryPath: string): Weights {
  const groups: { weights: ManifestEntry[] }[] = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const bytes = new Uint8Array(readFileSync(binaryPath));
  const weights = new Map<string, Tensor>();
  let start = 0;
  for (const { name, shape, quantization } of groups.flatMap((group) => group.weights)) {
    const size = shape.reduce((product, length) => product * length, 1);
    const end = start + size * (quantization ? 1 : 4);
    // slice() copies, because a Float32Array needs an aligned start.
    const raw = bytes.slice(start, end);
    const data = quantization
      ? Float32Array.from(raw, (byte) => byte * quantization.scale + quantization.min)
      : new Float32Array(raw.buffer);
    weights.set(name, { shape, data });
    start = end;
  }
  return weights;
}

/** Weights by their names in the TensorFlow graph that the model was converted from. */
function tensor(weights: Weights, name: string): Tensor {
  const found = weights.get(name);
  if (!found) throw new Error(`The model has no weights ${name}`);
  return found;
}

/** The length of the side of the square that the network takes. */
const inputSide = 512;

/**
 * Pads an RGB image with black on the right or at the bottom to a square, resizes that bilinearly and maps 0..255 to
 * -1..1. The corner of pixel (0, 0), not its centre, is the origin of the resizing: that is how the package does it.
 */
export function toInput(image: { width: number; height: number; data: Uint8Array }): FeatureMap {
  const step = Math.max(image.width, image.height) / inputSide;
  const pixel = (x: number, y: number, channel: number) =>
    x < image.width && y < image.height ? image.data[(y * image.width + x) * 3 + channel] : 0;
  const data = new Float32Array(inputSide * inputSide * 3);
  for (let i = 0; i < data.length; i++) {
    const channel = i % 3;
    const x = (Math.floor(i / 3) % inputSide) * step;
    const y = Math.floor(i / 3 / inputSide) * step;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const row = (at: number) =>
      pixel(left, at, channel) + (pixel(left + 1, at, channel) - pixel(left, at, channel)) * (x - left);
    data[i] = (row(top) + (row(top + 1) - row(top)) * (y - top)) / 127.5 - 1;
  }
  return { height: inputSide, width: inputSide, channels: 3, data };
}

/**
 * A convolution with TensorFlow's "same" padding; a kernel of shape [size, size, channels, 1] is applied depthwise.
 * Sums are taken in float64 and in a fixed order, so the result is the same on every machine.
 */
function convolve(input: FeatureMap, kernel: Tensor, bias: ArrayLike<number>, stride = 1): FeatureMap {
  const [size, , , filters] = kernel.shape;
  const depthwise = filters === 1;
  const channels = depthwise ? input.channels : filters;
  const height = Math.ceil(input.height / stride);
  const width = Math.ceil(input.width / stride);
  const padding = (from: number, to: number) => Math.floor(Math.max((to - 1) * stride + size - from, 0) / 2);
  const top = padding(input.height, height);
  const left = padding(input.width, width);

  const factors = kernel.data;
  const sums = new Float64Array(channels);
  /** Adds what the input pixel at offset `pixel` contributes through one of the kernel's size × size places. */
  const add = (place: number, pixel: number) => {
    for (let c = 0; c < input.channels; c++) {
      const value = input.data[pixel + c];
      const row = (place * input.channels + c) * filters;
      if (depthwise) sums[c] += value * factors[row];
      // After a ReLU many values are zero.
      else if (value !== 0) for (let f = 0; f < filters; f++) sums[f] += value * factors[row + f];
    }
  };

  const data = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sums.set(bias);
      for (let place = 0; place < size * size; place++) {
        const fromY = y * stride - top + Math.floor(place / size);
        const fromX = x * stride - left + (place % size);
        if (fromY < 0 || fromY >= input.height || fromX < 0 || fromX >= input.width) continue;
        add(place, (fromY * input.width + fromX) * input.channels);
      }
      data.set(sums, (y * width + x) * channels);
    }
  }
  return { height, width, channels, data };
}

const relu6 = (map: FeatureMap): FeatureMap => ({ ...map, data: map.data.map((v) => Math.min(Math.max(v, 0), 6)) });

/** A convolution with its batch normalization, which the package has folded into kernel and bias, and its ReLU6. */
function convolution(input: FeatureMap, weights: Weights, layer: string, stride: number): FeatureMap {
  const bias = tensor(weights, `${layer}/convolution_bn_offset`).data;
  return relu6(convolve(input, tensor(weights, `${layer}/weights`), bias, stride));
}

/** The same for a depthwise convolution, where the folding is left to us. */
function depthwiseConvolution(input: FeatureMap, weights: Weights, layer: string, stride: number): FeatureMap {
  const kernel = tensor(weights, `${layer}/depthwise_weights`);
  const statistic = (name: string) => tensor(weights, `${layer}/BatchNorm/${name}`).data;
  const [mean, variance] = [statistic('moving_mean'), statistic('moving_variance')];
  const scale = statistic('gamma').map((gamma, c) => gamma / Math.sqrt(variance[c] + 1e-3));
  const bias = statistic('beta').map((beta, c) => beta - mean[c] * scale[c]);
  const folded = { ...kernel, data: kernel.data.map((weight, i) => weight * scale[i % scale.length]) };
  return relu6(convolve(input, folded, bias, stride));
}

/** The logit of "face" for each anchor: what the detector puts through a sigmoid to get its scores. */
export function faceLogits(input: FeatureMap, weights: Weights): Float32Array {
  const levels: FeatureMap[] = [];

  let map = convolution(input, weights, 'MobilenetV1/Conv2d_0_pointwise', 2);
  for (let layer = 1; layer <= 13; layer++) {
    const stride = [2, 4, 6, 12].includes(layer) ? 2 : 1;
    map = depthwiseConvolution(map, weights, `MobilenetV1/Conv2d_${layer}_depthwise`, stride);
    map = convolution(map, weights, `MobilenetV1/Conv2d_${layer}_pointwise`, 1);
    if (layer === 11 || layer === 13) levels.push(map);
  }
  for (let layer = 0; layer < 8; layer += 2) {
    map = convolution(map, weights, `Prediction/Conv2d_${layer}_pointwise`, 1);
    map = convolution(map, weights, `Prediction/Conv2d_${layer + 1}_pointwise`, 2);
    levels.push(map);
  }

  // Three numbers for each anchor, of which the detector uses only the second, "face".
  return Float32Array.from(
    levels.flatMap((level, i) => {
      const predictor = `Prediction/BoxPredictor_${i}/ClassPredictor`;
      const kernel = tensor(weights, `${predictor}/weights`);
      const { data } = convolve(level, kernel, tensor(weights, `${predictor}/biases`).data);
      return Array.from(data).filter((_, at) => at % 3 === 1);
    }),
  );
}

/** The anchors, in the order of the logits, as top, left, bottom, right in units of the side of the padded image. */
export function anchorCorners(weights: Weights): Float32Array {
  return tensor(weights, 'Output/extra_dim').data;
}
