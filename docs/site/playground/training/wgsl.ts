/** The model of perceptron.ts and the steps of adam.ts in WGSL: line by line the same mathematics. */
import { decay, epsilon, rate } from './adam.ts';
import { bias, hidden, outputs, size } from './perceptron.ts';

const layout = `
const hidden = ${hidden}u;
const outputs = ${outputs}u;
const bias = ${bias}u;
const size = ${size}u;
`;

/** The logit of each point. */
export const forward = `${layout}
@group(0) @binding(0) var<storage, read> at: array<vec2f>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&logits)) { return; }
  let point = at[id.x];
  var logit = weights[bias];
  for (var unit = 0u; unit < hidden; unit++) {
    let s = weights[3 * unit] * point.x + weights[3 * unit + 1] * point.y + weights[3 * unit + 2];
    logit += weights[outputs + unit] * s / (1 + abs(s));
  }
  logits[id.x] = logit;
}`;

/** The slope of one parameter a workgroup: its part of every point's slope, added up. */
export const backward = `${layout}
@group(0) @binding(0) var<storage, read> at: array<vec2f>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> slopes: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
var<workgroup> sums: array<f32, 64>;

fn part(parameter: u32, point: vec2f) -> f32 {
  if (parameter == bias) { return 1; }
  let unit = select(parameter / 3, parameter - outputs, parameter >= outputs);
  let s = weights[3 * unit] * point.x + weights[3 * unit + 1] * point.y + weights[3 * unit + 2];
  let inverse = 1 / (1 + abs(s));
  if (parameter >= outputs) { return s * inverse; }
  var input = array(point.x, point.y, 1.0);
  return weights[outputs + unit] * inverse * inverse * input[parameter % 3];
}

@compute @workgroup_size(64) fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = lane; i < arrayLength(&slopes); i += 64) { sum += slopes[i] * part(group.x, at[i]); }
  sums[lane] = sum;
  for (var half = 32u; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0) { gradient[group.x] = sums[0]; }
}`;

/** One step down. The moments lie behind each other: means, squares, and how many steps there were. */
export const descend = `${layout}
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> moments: array<f32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@compute @workgroup_size(128) fn main(@builtin(local_invocation_index) i: u32) {
  let steps = moments[2 * size] + 1;
  storageBarrier();
  if (i == 0) { moments[2 * size] = steps; }
  if (i >= size) { return; }
  let slope = gradient[i];
  let mean = ${decay.mean} * moments[i] + (1 - ${decay.mean}) * slope;
  let square = ${decay.square} * moments[size + i] + (1 - ${decay.square}) * slope * slope;
  moments[i] = mean;
  moments[size + i] = square;
  let unbiased = vec2f(1 - pow(${decay.mean}, steps), 1 - pow(${decay.square}, steps));
  weights[i] -= ${rate} * mean / unbiased.x / (sqrt(square / unbiased.y) + ${epsilon});
}`;
