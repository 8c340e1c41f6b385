import type { Label } from '@focal-loss/core';
import { LAYOUT, MOST_PAGES, PAGES, SETTINGS } from '../memory.ts';
import { Assembler, isIn, type Loop, moduleOf } from './assembler.ts';
import { type Described, evaluate, type Wanted } from './evaluate.ts';
import { type Graph, newGraph, partOfParam, type Setting, type Vector } from './graph.ts';
import { type Notes, operations, type Side, sideOf } from './operations.ts';

/** For which runtime it is, and which memory. */
export interface Target {
  readonly relaxed: boolean;
  readonly shared: boolean;
}

/** A WebAssembly module, and what is to be in memory at SETTINGS before its function is called. */
export interface Kernel {
  readonly bytes: ReturnType<Uint8ArrayConstructor['of']>;
  readonly settings: readonly Setting[];
  /** The parameters, by their places, of which it is right up to {@link STEEPEST} only. */
  readonly steep: readonly number[];
}

/** The exponent of a sum up to which its error stays below 1e-6 if the sum is right to two ulps. */
export const STEEPEST = 3;

const PLACES = {
  bytes: 4,
  settings: LAYOUT.SETTINGS,
  change: LAYOUT.CHANGE,
  low: LAYOUT.MARGIN_LOW,
  left: [LAYOUT.LEFT, LAYOUT.LEFT_TOO],
} as const;

/**
 * Writes the kernel of a loss, four float32 at a time: at a sigmoid for hard labels or for any, or at softmax margins. Those at
 * margins multiply by no factor, as a row is little beside its classes.
 *
 * The loop is cut in two after the exponentials, because a processor overlaps turns of a loop only as far as its reorder
 * buffer reaches: two short loops run twice as fast as one long one.
 *
 * What it reads and writes may lie anywhere in memory; a result may lie over what is read, entry on entry.
 *
 * @returns Undefined if the formula has more numbers than there is room for.
 */
export function writeKernel(
  loss: Described,
  { label, wants }: Wanted,
  { relaxed, shared }: Target,
): Kernel | undefined {
  const graph = newGraph(relaxed);
  const side = sideOf(graph);
  const notes: Notes = { dear: new Set(), steep: new Set() };
  const { decays, parts } = evaluate(
    loss,
    { label, wants },
    graph,
    side.side,
    operations(graph, side, notes),
    2 ** -126,
  );
  const { dear, steep } = notes;
  const factor = label === 'margin' ? graph.one : factorOf(label, graph, side);
  const results = parts.map((part) => (factor === graph.one ? part : graph.op('f32x4.mul', [factor, part])));
  // What both halves need and is dear is left as well.
  const twice = [...dear].filter((each) => isIn(each, decays, []) && isIn(each, results, decays));
  const left = [...decays, ...twice];
  const loops: Loop[] =
    left.length > 0 && left.length <= PLACES.left.length
      ? [
          { given: [], leaves: left, results: [] },
          { given: left, leaves: [], results },
        ]
      : [{ given: [], leaves: [], results }];
  const assembler = new Assembler(PLACES);
  const body = assembler.body(loops);
  const { settings } = assembler;
  if (settings.length > SETTINGS) return undefined;
  return { bytes: moduleOf(body, { shared, pages: PAGES, mostPages: MOST_PAGES }), settings, steep: [...steep] };
}

/** What a loss and its slope are multiplied by. Soft labels are known to it already. */
function factorOf(label: Label, { lane, change, op }: Graph, { isPositive }: Side): Vector {
  const factor = lane('factor');
  return label === 'any' ? factor : op('v128.xor', [factor, op('v128.and', [isPositive, change()])]);
}

/** What is to be at SETTINGS: the numbers of a kernel, for a loss with these parameters. */
export function settingsOf({ settings }: Kernel, params: readonly number[]): Float32Array {
  const row = new Float32Array(settings.length);
  const bits = new Int32Array(row.buffer);
  settings.forEach((setting, i) => {
    if ('bits' in setting) bits[i] = setting.bits;
    else if ('param' in setting) row[i] = partOfParam(setting, params);
    else row[i] = setting.number;
  });
  return row;
}
