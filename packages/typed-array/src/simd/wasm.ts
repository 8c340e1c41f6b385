import { LAYOUT, SIMD_BLOCK, SIMD_ROWS } from './memory.ts';
import { type Build, modules } from './plain.ts';

/** The kernels of one build, and views of the memory they work in. */
export interface SimdMemory {
  readonly exports: Readonly<Record<string, (...args: number[]) => number>>;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly weight: Float32Array;
  readonly value: Float32Array;
  readonly grad: Float32Array;
  readonly hess: Float32Array;
  readonly constant: Float32Array;
  /** The bits in which a positive's factor differs from a negative's. */
  readonly change: Int32Array;
  readonly params: Float32Array;
  /** Ones and ignored entries among the targets last looked at. */
  readonly counts: Int32Array;
  /** The least weight, the least above 0 and the largest among those last looked at. */
  readonly range: Float32Array;
  /** A row's margin and what float32 lacks of it, and the loss there. */
  readonly margin: Float32Array;
  readonly marginLow: Float32Array;
  readonly rowValue: Float32Array;
  /** Of rows, in float64: class indices, what losses and slopes are multiplied by, and these. */
  readonly target: Float64Array;
  readonly factor: Float64Array;
  readonly scale: Float64Array;
  readonly rowLoss: Float64Array;
  readonly rowGrad: Float64Array;
}

/** The builds, the fastest first. */
export const builds = Object.keys(modules) as Build[];

const instances = new Map<Build, SimdMemory | undefined>();

/** One instance a build and thread: a call never leaves it half done. Undefined where the runtime cannot run it. */
export function instantiate(build: Build): SimdMemory | undefined {
  if (!instances.has(build)) instances.set(build, load(build));
  return instances.get(build);
}

function load(build: Build): SimdMemory | undefined {
  // Without WebAssembly, without SIMD or under a policy that forbids it, the JavaScript kernels do.
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(modules[build]()));
    const { buffer } = exports.memory as WebAssembly.Memory;
    const lane = (at: number) => new Float32Array(buffer, at, SIMD_BLOCK);
    const rowLane = (at: number) => new Float32Array(buffer, at, SIMD_ROWS);
    const wideLane = (at: number) => new Float64Array(buffer, at, SIMD_ROWS);
    lane(LAYOUT.ONES).fill(1);
    return {
      exports: exports as unknown as SimdMemory['exports'],
      x: lane(LAYOUT.X),
      y: lane(LAYOUT.Y),
      weight: lane(LAYOUT.WEIGHT),
      value: lane(LAYOUT.VALUE),
      grad: lane(LAYOUT.GRAD),
      hess: lane(LAYOUT.HESS),
      constant: lane(LAYOUT.CONSTANT),
      change: new Int32Array(buffer, LAYOUT.CHANGE, 1),
      params: new Float32Array(buffer, LAYOUT.PARAMS, 48),
      counts: new Int32Array(buffer, LAYOUT.COUNTS, 2),
      range: new Float32Array(buffer, LAYOUT.RANGE, 3),
      margin: rowLane(LAYOUT.MARGIN),
      marginLow: rowLane(LAYOUT.MARGIN_LOW),
      rowValue: rowLane(LAYOUT.ROW_VALUE),
      target: wideLane(LAYOUT.TARGET),
      factor: wideLane(LAYOUT.FACTOR),
      scale: wideLane(LAYOUT.SCALE),
      rowLoss: wideLane(LAYOUT.ROW_LOSS),
      rowGrad: wideLane(LAYOUT.ROW_GRAD),
    };
  } catch {
    return undefined;
  }
}
