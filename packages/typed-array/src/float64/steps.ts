import type { Lanes } from '../lanes.ts';
import { type Operations, read, readable } from '../ops.ts';
import { type Loop, loops, type Register } from './loops.ts';

/** Entries that go through all steps at once: their registers stay in the first-level cache. */
const CHUNK = 256;

/** The lanes that a kernel reads or writes. */
type Lane = keyof Lanes;

/** A number of each entry: read from a lane, the same for all, or made by a loop of others. */
export interface Node {
  readonly lane?: Lane;
  readonly number?: number;
  readonly loop?: Loop;
  readonly args: readonly Node[];
}

/** Fills lanes of the first `n` entries from others. */
export type Steps = (n: number, lanes: Lanes) => void;

/** What programs are read into. */
export interface Builder {
  /** For {@link read}. */
  readonly operations: Operations<Node>;
  lane(name: Lane): Node;
  constant(value: number): Node;
  op(name: keyof typeof loops, ...args: Node[]): Node;
}

/**
 * A kernel in JavaScript that needs no text made at run time: the operations of a program one after the other, each a loop over a few
 * hundred entries. It takes about 1.5 times as long as the same program compiled.
 */
export function steps(build: (builder: Builder) => readonly (readonly [Lane, Node])[]): Steps {
  const made: Node[] = [];
  const op: Builder['op'] = (name, ...args) => {
    const node = { loop: loops[name] as Loop, args };
    made.push(node);
    return node;
  };
  const operations = Object.fromEntries(
    Object.keys(loops).map((name) => [name, (...args: Node[]) => op(name as keyof typeof loops, ...args)]),
  );
  const results = build({
    operations,
    lane: (lane) => ({ lane, args: [] }),
    constant: (number) => ({ number, args: [] }),
    op,
  });
  return runner(made, results);
}

/** A step: registers are given by their places. */
interface Step {
  readonly loop: Loop;
  readonly to: number;
  readonly from: readonly number[];
}

function runner(made: readonly Node[], results: readonly (readonly [Lane, Node])[]): Steps {
  const registers: Register[] = [];
  /** Which register holds which lane. */
  const bound: [number, Lane][] = [];
  const places = new Map<unknown, number>();
  const free: number[] = [];
  const last = lastUses(made, results);
  const fresh = () => registers.push(new Float64Array(CHUNK)) - 1;

  function placeOf(node: Node): number {
    const key = node.lane ?? node.number ?? node;
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = fresh();
    places.set(key, place);
    if (node.lane !== undefined) bound.push([place, node.lane]);
    else registers[place].fill(node.number as number);
    return place;
  }

  const all: Step[] = [];
  const step = (node: Node, at: number, to?: number) => {
    const from = node.args.map(placeOf);
    for (const arg of new Set(node.args)) if (arg.loop !== undefined && last.get(arg) === at) free.push(placeOf(arg));
    const place = to ?? free.pop() ?? fresh();
    places.set(node, place);
    all.push({ loop: node.loop as Loop, to: place, from });
  };
  const outputs = new Map(results.map(([lane, node]) => [node, lane]));
  made.forEach((node, at) => {
    if (!last.has(node)) return;
    const lane = outputs.get(node);
    if (lane === undefined) step(node, at);
    else {
      const place = fresh();
      bound.push([place, lane]);
      step(node, at, place);
    }
  });

  return (n, lanes) => {
    for (let first = 0; first < n; first += CHUNK) {
      const views = viewsOf(lanes)[first / CHUNK];
      for (const [place, lane] of bound) registers[place] = views[lane];
      const size = Math.min(CHUNK, n - first);
      for (const { loop, to, from } of all) {
        const [a, b, c, d, e] = from;
        loop(size, registers[to], registers[a], registers[b], registers[c], registers[d], registers[e]);
      }
    }
  };
}

/** The place of the last step that reads a node; absent of what nobody reads. */
function lastUses(made: readonly Node[], results: readonly (readonly [Lane, Node])[]): Map<Node, number> {
  const last = new Map<Node, number>(results.map(([, node]) => [node, Infinity]));
  for (let at = made.length - 1; at >= 0; at--) {
    if (!last.has(made[at])) continue;
    for (const arg of made[at].args) if (!last.has(arg)) last.set(arg, at);
  }
  return last;
}

/** Lanes in chunks, made once. */
const chunks = new WeakMap<Lanes, Lanes[]>();
function viewsOf(lanes: Lanes): Lanes[] {
  const known = chunks.get(lanes);
  if (known !== undefined) return known;
  const made = Array.from({ length: Math.ceil(lanes.x.length / CHUNK) }, (_, i) => {
    const view = (lane: Float64Array) => lane.subarray(i * CHUNK, (i + 1) * CHUNK);
    return Object.fromEntries(Object.entries(lanes).map(([name, lane]) => [name, view(lane)])) as unknown as Lanes;
  });
  chunks.set(lanes, made);
  return made;
}

/** The nodes of a program's results; `program` is given the syntax to write it in. */
export function nodesOf(
  { operations, constant }: Builder,
  inputs: Readonly<Record<string, Node>>,
  program: (syntax: ReturnType<typeof readable>) => { statements: readonly string[]; results: readonly string[] },
): Node[] {
  const syntax = { ...readable(), tiny: 2 ** -1022 };
  const { statements, results } = program(syntax);
  // Parameters are among them now.
  const known = new Map(Object.entries(inputs));
  for (const [name, value] of syntax.numbers) known.set(name, constant(value));
  read(statements, operations, known);
  return results.map((name) => known.get(name) as Node);
}
