import type { Derivative, Formula, Label, Loss } from '@focal-loss/core';
import { BLOCK, type Lanes } from '../lanes.ts';
import { Assembler, moduleOf } from '../simd/emit/assembler.ts';
import { evaluate } from '../simd/emit/evaluate.ts';
import { newGraph, type Setting } from '../simd/emit/graph.ts';
import { hasRest } from '../smooth.ts';
import { operations, TABLES_END, writeTables } from './operations.ts';
import type { Steps } from './steps.ts';

type Lane = keyof Lanes;

/** Space keeps lanes apart by more than a processor looks ahead modulo 4096. */
const LANE = 8 * BLOCK + 320;
const NAMES: readonly Lane[] = ['x', 'low', 'y', 'factor', 'scale', 'value', 'grad', 'hess'];
const SETTINGS_AT = 16384;
const FIRST = SETTINGS_AT + 4096;
const placeOf = (lane: Lane) => FIRST + NAMES.indexOf(lane) * LANE;
const LEFT = FIRST + NAMES.length * LANE;
const PLACES = {
  bytes: 8,
  settings: SETTINGS_AT,
  low: placeOf('low'),
  scale: placeOf('scale'),
  left: [LEFT, LEFT + LANE],
} as const;
const PAGES = Math.ceil((LEFT + 2 * LANE) / 65536);

const MATH = { exp: Math.exp, log: Math.log, log1p: Math.log1p, pow: Math.pow };

/** One memory for all kernels: nothing stays in it from one run to the next. */
interface Space {
  readonly memory: WebAssembly.Memory;
  readonly lanes: Lanes;
  readonly settings: Float64Array;
}
let space: Space | undefined;

function newSpace(): Space {
  if (TABLES_END > SETTINGS_AT) throw new Error('The tables of float64 reach into what lies behind them');
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  writeTables(memory);
  const lane = (name: Lane) => new Float64Array(memory.buffer, placeOf(name), BLOCK);
  const lanes = Object.fromEntries(NAMES.map((name) => [name, lane(name)])) as unknown as Lanes;
  return { memory, lanes, settings: new Float64Array(memory.buffer, SETTINGS_AT, 512) };
}

/**
 * The lanes that kernels work on: of what is put there they copy nothing. All losses share them, each for a block at a time.
 *
 * @returns Undefined where there is no WebAssembly.
 */
export function kernelLanes(): Lanes | undefined {
  try {
    space ??= newSpace();
    return space.lanes;
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

/** A kernel for any parameters: those that are no numbers of its own are settings. */
interface Written {
  readonly run: (...args: number[]) => number;
  readonly settings: readonly Setting[];
}

/** By formula, and by all else that makes a kernel another one. Kept as long as the formula: a module takes a millisecond to write. */
const written = new WeakMap<Formula, Map<string, Written | undefined>>();

/**
 * A loss's kernel on float64 lanes, two entries at a time.
 *
 * @returns Undefined where there is no WebAssembly for it.
 */
export function float64Kernel(
  loss: Loss,
  numbers: Readonly<Record<string, number>>,
  label: Label,
  wants: readonly Derivative[],
): Steps | undefined {
  const key = JSON.stringify([label, wants, loss.labels, hasRest(loss), Object.keys(loss.params), numbers]);
  const ofFormula = written.get(loss.formula) ?? new Map<string, Written | undefined>();
  written.set(loss.formula, ofFormula);
  if (!ofFormula.has(key)) ofFormula.set(key, write(loss, numbers, label, wants));
  const kernel = ofFormula.get(key);
  return kernel && stepsOf(kernel, loss, label, wants);
}

function write(
  loss: Loss,
  numbers: Readonly<Record<string, number>>,
  label: Label,
  wants: readonly Derivative[],
): Written | undefined {
  const graph = newGraph(false);
  const rest = hasRest(loss);
  try {
    space ??= newSpace();
    const { memory } = space;
    const side = graph.op('f64x2.sub', [graph.op('f64x2.add', [graph.lane('y'), graph.lane('y')]), graph.one]);
    const { parts, decays } = evaluate(
      { ...loss, numbers },
      { label, wants, rest },
      graph,
      side,
      operations(graph),
      2 ** -1022,
    );
    const results = parts.map((part, i) =>
      graph.op('f64x2.mul', [graph.lane(wants[i] === 'value' ? 'factor' : 'scale'), part]),
    );
    const isCut = decays.length > 0 && decays.length <= PLACES.left.length;
    const assembler = new Assembler(PLACES);
    const body = assembler.body([
      ...(isCut ? [{ given: [], leaves: decays, results: [] }] : []),
      { given: isCut ? decays : [], leaves: [], results },
    ]);
    const { settings } = assembler;
    if (settings.length > space.settings.length) return undefined;
    const module = new WebAssembly.Module(moduleOf(body, { shared: false, pages: PAGES, mostPages: PAGES }, true));
    const { exports } = new WebAssembly.Instance(module, { env: { memory, base: 0, ...MATH } });
    return { run: exports.run as Written['run'], settings };
  } catch (error) {
    // The loops in JavaScript do.
    if (isRefused(error)) return undefined;
    throw error;
  }
}

function stepsOf(kernel: Written, loss: Loss, label: Label, wants: readonly Derivative[]): Steps {
  const { lanes, settings } = space as Space;
  const { run } = kernel;
  const row = settingsOf(kernel.settings, Object.values(loss.params));
  const at = (['factor', 'x', 'y', 'value', 'grad', 'hess'] as const).map(placeOf);
  const reads: Lane[] = [
    'x',
    ...(label === 'margin' ? [] : (['y'] as const)),
    ...(label === 'margin' || hasRest(loss) ? (['low'] as const) : []),
    'factor',
    ...(wants.length > 1 ? (['scale'] as const) : []),
  ];
  return (n, given) => {
    settings.set(row);
    if (given === lanes) {
      run((n + 1) & ~1, ...at);
      return;
    }
    for (let first = 0; first < n; first += BLOCK) {
      const size = Math.min(BLOCK, n - first);
      const whole = first === 0 && given.x.length === size;
      for (const lane of reads) lanes[lane].set(whole ? given[lane] : given[lane].subarray(first, first + size));
      run((size + 1) & ~1, ...at);
      for (const lane of wants) {
        given[lane].set(size === BLOCK ? lanes[lane] : lanes[lane].subarray(0, size), first);
      }
    }
  };
}

/** Without WebAssembly, or SIMD, or memory, or under a policy that forbids it. */
const isRefused = (error: unknown) =>
  typeof WebAssembly === 'undefined' || error instanceof WebAssembly.CompileError || error instanceof RangeError;

function settingsOf(settings: readonly Setting[], params: readonly number[]): Float64Array {
  const row = new Float64Array(settings.length);
  const bits = new Int32Array(row.buffer);
  settings.forEach((setting, i) => {
    if ('bits' in setting) bits.fill(setting.bits, 2 * i, 2 * i + 2);
    else row[i] = 'param' in setting ? params[setting.param] : setting.number;
  });
  return row;
}
