import type { Home } from './home.ts';
import { LAYOUT, PAGES, SETTINGS, SIMD_BLOCK, SIMD_ROWS } from './memory.ts';
import { type Build, modules } from './plain.ts';

/** A function of a module. */
export type Run = (...args: number[]) => number;

type LaneName = 'x' | 'y' | 'weight' | 'value' | 'grad' | 'hess' | 'constant';

/** The kernels of one build, and views of the memory they work in. */
export interface SimdMemory extends Readonly<Record<LaneName, Float32Array>> {
  readonly exports: Readonly<Record<string, Run>>;
  readonly build: Build;
  readonly home: Home;
  /** The addresses of {@link LAYOUT} in this memory. */
  readonly at: Readonly<Record<keyof typeof LAYOUT, number>>;
  /** The bits in which a positive's factor differs from a negative's. */
  readonly change: Int32Array;
  /** What a kernel of a loss is to find there: see `settingsOf`. */
  readonly settings: Float32Array;
  /** Ones and ignored entries among the targets last looked at. */
  readonly counts: Int32Array;
  /** The least weight, the least above 0 and the largest among those last looked at. */
  readonly range: Float32Array;
  /** By what a row's own second derivatives multiply the squares of its exponentials. */
  readonly curveShare: Float32Array;
  /** A row's margin and what float32 lacks of it, and the loss there. */
  readonly margin: Float32Array;
  readonly marginLow: Float32Array;
  readonly rowValue: Float32Array;
  /** Of rows, in float64: class indices, what losses and derivatives are multiplied by, and these. */
  readonly target: Float64Array;
  readonly factor: Float64Array;
  readonly scale: Float64Array;
  readonly rowLoss: Float64Array;
  readonly rowGrad: Float64Array;
  readonly rowHess: Float64Array;
}

/** The builds, the fastest first. */
export const builds = Object.keys(modules) as Build[];

/** One instance a build: a call never leaves it half done. Undefined where the runtime cannot run it. */
const instances = new WeakMap<Home, Map<Build, SimdMemory | undefined>>();

/** Where arrays that lie elsewhere are copied to: memory of this thread alone, into which copies are faster than into shared one. */
let ownHome: Home | undefined;

/** The kernels of a build in a memory. Undefined where the runtime cannot run it. */
export function instantiate(build: Build, home?: Home): SimdMemory | undefined {
  // Without WebAssembly, without SIMD or under a policy that forbids it, the JavaScript kernels do.
  try {
    const memory = () => new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    if (home === undefined) ownHome ??= { memory: memory(), shared: false, base: 0 };
    const place = (home ?? ownHome) as Home;
    const made = instances.get(place) ?? new Map<Build, SimdMemory | undefined>();
    instances.set(place, made);
    if (!made.has(build)) made.set(build, load(build, place));
    return made.get(build);
  } catch {
    return undefined;
  }
}

const compiled = new Map<string, WebAssembly.Module>();

/** A module for memory that is shared or not, compiled once. */
function moduleOf(build: Build, shared: boolean): WebAssembly.Module {
  const key = `${build}, ${shared}`;
  const made = compiled.get(key) ?? new WebAssembly.Module(modules[build](shared));
  compiled.set(key, made);
  return made;
}

function load(build: Build, home: Home): SimdMemory | undefined {
  const { memory, shared, base } = home;
  try {
    const env = { memory, base };
    const { exports } = new WebAssembly.Instance(moduleOf(build, shared), { env });
    const { buffer } = memory;
    const at = Object.fromEntries(Object.entries(LAYOUT).map(([name, place]) => [name, base + place]));
    const lane = (name: string) => new Float32Array(buffer, at[name], SIMD_BLOCK);
    const rowLane = (name: string) => new Float32Array(buffer, at[name], SIMD_ROWS);
    const wideLane = (name: string) => new Float64Array(buffer, at[name], SIMD_ROWS);
    lane('ONES').fill(1);
    return {
      exports: exports as unknown as SimdMemory['exports'],
      build,
      home,
      at: at as SimdMemory['at'],
      x: lane('X'),
      y: lane('Y'),
      weight: lane('WEIGHT'),
      value: lane('VALUE'),
      grad: lane('GRAD'),
      hess: lane('HESS'),
      constant: lane('CONSTANT'),
      change: new Int32Array(buffer, at.CHANGE, 1),
      settings: new Float32Array(buffer, at.SETTINGS, SETTINGS),
      counts: new Int32Array(buffer, at.COUNTS, 2),
      range: new Float32Array(buffer, at.RANGE, 3),
      curveShare: rowLane('CURVE_SHARE'),
      margin: rowLane('MARGIN'),
      marginLow: rowLane('MARGIN_LOW'),
      rowValue: rowLane('ROW_VALUE'),
      target: wideLane('TARGET'),
      factor: wideLane('FACTOR'),
      scale: wideLane('SCALE'),
      rowLoss: wideLane('ROW_LOSS'),
      rowGrad: wideLane('ROW_GRAD'),
      rowHess: wideLane('ROW_HESS'),
    };
  } catch {
    return undefined;
  }
}
