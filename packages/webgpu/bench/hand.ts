/**
 * Kernels as a person writes them for one loss at γ = 2 and one kind of call, with the accuracy and the rules for NaN of this package:
 * its exponential and logarithm, sums in pairs, NaN for what is no label. What ours, which take any, are measured against.
 */
import { prelude } from '@focal-loss/webgpu/wgsl';

/** A call of value and gradient that can be recorded. */
export interface ByHand {
  encode(encoder: GPUCommandEncoder): void;
}

/** Buffers of a call, with how many targets there are. */
export interface Buffers {
  readonly logits: GPUBuffer;
  readonly targets: GPUBuffer;
  readonly grad: GPUBuffer;
  readonly value: GPUBuffer;
  readonly rows: number;
  /** Of a softmax. */
  readonly classes?: number;
  /** Whether logits and gradient are float16. */
  readonly half?: boolean;
}

/** Workgroups, as many as the adapter's kind gets from us. */
const groupsOn = (software: boolean) => (software ? 32 : 2048);
const WORKGROUP = 64;

const COMMON = `const NAN = 0x7fc00000u;
const ONE = 0x3f800000u;

struct Sizes { rows: u32, classes: u32, groups: u32, minimum: f32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> grad: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> value: array<f32>;
@group(0) @binding(6) var<storage, read_write> denominator: array<f32>;

var<workgroup> slots: array<vec2f, ${WORKGROUP}>;

// Not a constant, of which none may be NaN.
fn number(bits: u32) -> f32 { return bitcast<f32>(bits); }

fn isNan(bits: u32) -> bool { return (bits & 0x7fffffffu) > 0x7f800000u; }

fn plus(a: vec2f, b: f32) -> vec2f {
  let high = a.x + b;
  let rest = high - a.x;
  return vec2f(high, a.y + ((a.x - (high - rest)) + (b - rest)));
}

fn groupSum(own: vec2f, local: u32) -> vec2f {
  slots[local] = own;
  workgroupBarrier();
  for (var half = ${WORKGROUP / 2}u; half > 0u; half /= 2u) {
    if (local < half) { let other = slots[local + half]; slots[local] = plus(plus(slots[local], other.x), other.y); }
    workgroupBarrier();
  }
  return slots[0];
}`;

/** Adds up what the workgroups had. */
const finish = (becomes: string) => `@compute @workgroup_size(${WORKGROUP})
fn finish(@builtin(local_invocation_index) local: u32) {
  var own = vec2f();
  for (var i = local; i < sizes.groups; i += ${WORKGROUP}u) { let one = sums[i]; own = plus(plus(own, one.x), one.y); }
  let all = groupSum(own, local);
  if (local == 0u) { ${becomes} }
}`;

/** Value and slope of an entry, given x and y, with e = e^-|x|, r = 1 / (1 + e), p = σ(x), q = σ(-x), up and down, −log of both. */
const FORMULAS = {
  hard: `let positive = y == 1.0;
  let wrong = select(p, q, positive);
  let loss = select(down, up, positive);
  let slope = wrong * wrong * (2.0 * select(q, p, positive) * loss + wrong);
  let at = vec2f(wrong * wrong * loss, select(slope, -slope, positive));`,
  soft: `let wrong = y * q + (1.0 - y) * p;
  let loss = y * up + (1.0 - y) * down;
  let at = vec2f(wrong * wrong * loss,
    wrong * (2.0 * (1.0 - 2.0 * y) * p * q * loss + wrong * ((1.0 - y) * p - y * q)));`,
  quality: `let off = (1.0 - y) * p - y * q;
  let loss = y * up + (1.0 - y) * down;
  let at = vec2f(off * off * loss, off * (2.0 * p * q * loss + off * off));`,
} as const;

export type Kind = keyof typeof FORMULAS | 'positives' | 'ignored';

/** Four entries, and their slopes. */
const FLOATS = `    let a = entry(logits[i], targets[i]);
    let b = entry(logits[i + 1u], targets[i + 1u]);
    let c = entry(logits[i + 2u], targets[i + 2u]);
    let d = entry(logits[i + 3u], targets[i + 3u]);
    grad[i] = bitcast<u32>(inverse * a.y);
    grad[i + 1u] = bitcast<u32>(inverse * b.y);
    grad[i + 2u] = bitcast<u32>(inverse * c.y);
    grad[i + 3u] = bitcast<u32>(inverse * d.y);`;

/** The same in float16, two to a word, by the functions that WGSL has: which may take small halves for 0, and ∞ for any number. */
const HALVES = `    let near = unpack2x16float(logits[i / 2u]);
    let next = unpack2x16float(logits[i / 2u + 1u]);
    let a = entry(bitcast<u32>(near.x), targets[i]);
    let b = entry(bitcast<u32>(near.y), targets[i + 1u]);
    let c = entry(bitcast<u32>(next.x), targets[i + 2u]);
    let d = entry(bitcast<u32>(next.y), targets[i + 3u]);
    grad[i / 2u] = pack2x16float(inverse * vec2f(a.y, b.y));
    grad[i / 2u + 1u] = pack2x16float(inverse * vec2f(c.y, d.y));`;

function elementwise(kind: Kind, half: boolean): string {
  const formula = FORMULAS[kind === 'positives' || kind === 'ignored' ? 'hard' : kind];
  const isHard = formula === FORMULAS.hard;
  const label = isHard ? 'label == 0u || label == ONE' : 'label <= ONE';
  const ignored = kind === 'ignored' ? 'y == -1.0' : 'false';
  const counts = kind === 'positives' ? 'y' : `select(1.0, 0.0, ${ignored})`;
  return `${COMMON}

fn entry(bits: u32, label: u32) -> vec2f {
  let x = bitcast<f32>(bits);
  let y = bitcast<f32>(label);
  let e = expNegative(abs(x));
  let r = 1.0 / (1.0 + e);
  let p = select(e * r, r, x >= 0.0);
  let q = select(r, e * r, x >= 0.0);
  let tail = log1pUnit(e);
  let up = max(-x, 0.0) + tail;
  let down = max(x, 0.0) + tail;
  ${formula}
  let known = select(vec2f(number(NAN)), at, (${label}) && !isNan(bits));
  return select(known, vec2f(), ${ignored});
}

@compute @workgroup_size(${WORKGROUP})
fn count(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var own = vec2f();
  for (var i = group.x * ${WORKGROUP}u + local; i < sizes.rows; i += sizes.groups * ${WORKGROUP}u) {
    let y = bitcast<f32>(targets[i]);
    own = plus(own, ${counts});
  }
  let all = groupSum(own, local);
  if (local == 0u) { sums[group.x] = all; }
}

@compute @workgroup_size(${WORKGROUP})
fn run(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var own = vec2f();
  let inverse = 1.0 / ${kind === 'positives' || kind === 'ignored' ? 'denominator[0]' : 'f32(sizes.rows)'};
  for (var i = 4u * (group.x * ${WORKGROUP}u + local); i < sizes.rows; i += 4u * sizes.groups * ${WORKGROUP}u) {
${half ? HALVES : FLOATS}
    own = plus(own, (a.x + b.x) + (c.x + d.x));
  }
  let all = groupSum(own, local);
  if (local == 0u) { sums[group.x] = all; }
}

${finish(`value[0] = (all.x + all.y) / ${kind === 'positives' || kind === 'ignored' ? 'denominator[0]' : 'f32(sizes.rows)'};`)}

${finish('denominator[0] = max(all.x + all.y, sizes.minimum);').replace('fn finish', 'fn counted')}`;
}

/** Rows by teams of `lanes` invocations; of one, alone. */
function rowwise(lanes: number): string {
  const reduce = (name: string, type: string, both: string) =>
    lanes === 1
      ? `fn ${name}(own: ${type}, local: u32) -> ${type} { return own; }`
      : `var<workgroup> ${name}Slots: array<${type}, ${WORKGROUP}>;
fn ${name}(own: ${type}, local: u32) -> ${type} {
  ${name}Slots[local] = own;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    if (local % ${lanes}u < half) { let a = ${name}Slots[local]; let b = ${name}Slots[local + half]; ${name}Slots[local] = ${both}; }
    workgroupBarrier();
  }
  let all = ${name}Slots[local - local % ${lanes}u];
  workgroupBarrier();
  return all;
}`;
  const each = `for (var j = lane; j < sizes.classes; j += ${lanes}u)`;
  return `${COMMON}

${reduce('teamMax', 'f32', 'max(a, b)')}
${reduce('teamSum', 'vec2f', 'plus(plus(a, b.x), b.y)')}

@compute @workgroup_size(${WORKGROUP})
fn run(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % ${lanes}u;
  let inverse = 1.0 / f32(sizes.rows);
  let step = sizes.groups * ${WORKGROUP / lanes}u;
  var own = vec2f();
  for (var first = group.x * ${WORKGROUP / lanes}u; first < sizes.rows; first += step) {
    let row = min(first + local / ${lanes}u, sizes.rows - 1u);
    let inside = first + local / ${lanes}u < sizes.rows;
    let begin = row * sizes.classes;
    let y = bitcast<f32>(targets[row]);
    let isClass = y >= 0.0 && y < f32(sizes.classes) && floor(y) == y && !isNan(targets[row]);
    let hit = select(0u, u32(y), isClass);
    var largest = number(0xff800000u);
    var none = false;
    ${each} {
      let bits = logits[begin + j];
      none = none || isNan(bits);
      if (j != hit) { largest = max(largest, bitcast<f32>(bits)); }
    }
    largest = teamMax(largest, local);
    var shares = vec2f(select(0.0, number(NAN), none), 0.0);
    ${each} {
      if (j != hit) { shares = plus(shares, expNegative(largest - bitcast<f32>(logits[begin + j]))); }
    }
    let all = teamSum(shares, local);
    let sum = all.x + all.y;
    let x = bitcast<f32>(logits[begin + hit]) - largest - log(sum);
    let e = expNegative(abs(x));
    let r = 1.0 / (1.0 + e);
    let p = select(e * r, r, x >= 0.0);
    let q = select(r, e * r, x >= 0.0);
    let loss = max(-x, 0.0) + log1pUnit(e);
    let good = isClass && !isNan(bitcast<u32>(sum));
    let value = select(number(NAN), q * q * loss, good);
    let slope = select(number(NAN), -inverse * q * q * (2.0 * p * loss + q), good);
    if (inside && lane == 0u) { own = plus(own, value); }
    if (inside) {
      ${each} {
        let other = -slope * expNegative(largest - bitcast<f32>(logits[begin + j])) / sum;
        grad[begin + j] = bitcast<u32>(select(other, slope, j == hit));
      }
    }
  }
  let all = groupSum(own, local);
  if (local == 0u) { sums[group.x] = all; }
}

${finish('value[0] = (all.x + all.y) / f32(sizes.rows);')}`;
}

/** Pipelines for buffers that stay where they are. */
export async function byHand(
  device: GPUDevice,
  software: boolean,
  kind: Kind | 'softmax',
  { logits, targets, grad, value, rows, classes = 1, half = false }: Buffers,
): Promise<ByHand> {
  const lanes = classes <= 32 ? 1 : classes <= 1024 ? 16 : WORKGROUP;
  const text = kind === 'softmax' ? rowwise(lanes) : elementwise(kind, half);
  const module = device.createShaderModule({ code: `${prelude(text)}\n${text}` });
  const perGroup = kind === 'softmax' ? WORKGROUP / lanes : 4 * WORKGROUP;
  const groups = Math.min(groupsOn(software), Math.ceil(rows / perGroup));
  const { UNIFORM, STORAGE, COPY_DST } = GPUBufferUsage;
  const sizes = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  device.queue.writeBuffer(sizes, 0, new Uint32Array([rows, classes, groups]));
  device.queue.writeBuffer(sizes, 12, new Float32Array([1]));
  const sums = device.createBuffer({ size: 8 * groups, usage: STORAGE });
  const denominator = device.createBuffer({ size: 4, usage: STORAGE });
  const visibility = GPUShaderStage.COMPUTE;
  const types = [
    'uniform',
    'read-only-storage',
    'read-only-storage',
    'storage',
    'storage',
    'storage',
    'storage',
  ] as const;
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility, buffer: { type } })),
  });
  const bound = device.createBindGroup({
    layout,
    entries: [sizes, logits, targets, grad, sums, value, denominator].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    })),
  });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const counts = kind === 'positives' || kind === 'ignored';
  const steps = await Promise.all(
    [...(counts ? ['count', 'counted'] : []), 'run', 'finish'].map(async (entryPoint) => ({
      pipeline: await device.createComputePipelineAsync({ layout: pipelineLayout, compute: { module, entryPoint } }),
      groups: entryPoint === 'count' || entryPoint === 'run' ? groups : 1,
    })),
  );
  return {
    encode(encoder) {
      const pass = encoder.beginComputePass();
      pass.setBindGroup(0, bound);
      for (const { pipeline, groups } of steps) {
        pass.setPipeline(pipeline);
        pass.dispatchWorkgroups(groups);
      }
      pass.end();
    },
  };
}
