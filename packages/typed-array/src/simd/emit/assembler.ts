import type { Lane, MathFunction, Setting, Vector } from './graph.ts';
import { type Instruction, SCALAR, TYPE, VECTOR } from './instructions.ts';

/** Bytes of an unsigned number. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** Bytes of a number that may be negative, as instructions have it. */
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];

/** Where a kernel finds what is no argument of it, counted from the `base` of its thread, and how long its numbers are. */
export interface Places {
  readonly bytes: 4 | 8;
  readonly settings: number;
  readonly change?: number;
  readonly low: number;
  readonly scale?: number;
  /** What the first loop leaves for the second. */
  readonly left: readonly number[];
}

/** The arguments of a kernel. */
const ARGUMENTS = ['n', 'factor', 'x', 'y', 'value', 'grad', 'hess'] as const;
type Pointer = Exclude<(typeof ARGUMENTS)[number], 'n'>;
const RESULTS: readonly Pointer[] = ['value', 'grad', 'hess'];

/** The functions that a module may import, in this order. */
const FUNCTIONS: readonly MathFunction[] = ['exp', 'log', 'log1p', 'pow'];

/** Locals behind the arguments. */
const END = ARGUMENTS.length;
const AT = END + 1;
const HERE = END + 2;
const BASE = END + 3;
const SUM = END + 4;

/** Where an entry of a loop lies: in an array of the caller's or in a lane. */
type Place = Pointer | { readonly offset: number };

/** What a loop keeps for the next one, and what it writes. */
export interface Loop {
  /** What is read of what an earlier loop has left. */
  readonly given: readonly Vector[];
  readonly leaves: readonly Vector[];
  /** By the parts wanted. */
  readonly results: readonly Vector[];
}

/** A function that goes over a block in loops, and how its settings are to be filled in. */
export class Assembler {
  /** In the order in which they lie in memory. */
  readonly settings: Setting[] = [];
  readonly #slots = new Map<Setting, number>();
  readonly #places: Places;
  #code: number[] = [];
  #vectors = 1;

  constructor(places: Places) {
    this.#places = places;
  }

  /** The code of the function's body, after `loops`: the first has the exponentials. */
  body(loops: readonly Loop[]): number[] {
    this.#get(0, SCALAR.const, this.#places.bytes === 4 ? 2 : 3, SCALAR.shiftLeft, SCALAR.set, END);
    this.#code.push(SCALAR.globalGet, 0, SCALAR.set, BASE);
    for (const loop of loops) this.#loop(loop);
    for (const half of [0, 1]) {
      this.#get(SUM);
      this.#vector('f64x2.extract_lane', half);
    }
    this.#code.push(SCALAR.f64Add, SCALAR.end);
    const locals = [2, ...leb(4), TYPE.i32, ...leb(this.#vectors), TYPE.v128];
    return [...locals, ...this.#code];
  }

  #loop({ given, leaves, results }: Loop): void {
    const { left } = this.#places;
    const uses = usesIn([...leaves, ...results], new Set(given));
    const locals = new Map<Vector, number>();
    const keep = (vector: Vector) => {
      const local = SUM + this.#vectors++;
      locals.set(vector, local);
      return local;
    };
    // Engines would make constants anew in every turn, which they can not of what is read from memory.
    for (const vector of uses.keys()) {
      if (vector.setting === undefined && !vector.isChange) continue;
      const at = vector.setting === undefined ? Number(this.#places.change) : this.#slotOf(vector.setting);
      this.#get(BASE);
      this.#vector(this.#places.bytes === 4 ? 'v128.load32_splat' : 'v128.load64_splat', 0, ...leb(at));
      this.#code.push(SCALAR.set, ...leb(keep(vector)));
    }
    this.#code.push(SCALAR.const, 0, SCALAR.set, AT, SCALAR.loop, TYPE.none);
    this.#get(AT, SCALAR.get, BASE, SCALAR.add, SCALAR.set, HERE);
    // What is read may be written over.
    for (const vector of uses.keys()) {
      const lane = given.indexOf(vector);
      if (vector.lane === undefined && lane < 0) continue;
      this.#load(vector.lane === undefined ? { offset: left[lane] } : this.#placeOf(vector.lane));
      this.#code.push(SCALAR.set, ...leb(keep(vector)));
    }
    for (const [i, vector] of leaves.entries())
      this.#store({ offset: left[i] }, () => this.#push(vector, uses, locals, keep));
    for (const vector of results) {
      if (locals.has(vector)) continue;
      this.#push(vector, uses, locals, keep);
      this.#code.push(SCALAR.set, ...leb(keep(vector)));
    }
    for (const [i, vector] of results.entries()) this.#store(RESULTS[i], () => this.#get(locals.get(vector) as number));
    if (results.length > 0 && this.#places.bytes === 4) this.#addUp(locals.get(results[0]) as number);
    this.#get(AT, SCALAR.const, 16, SCALAR.add, SCALAR.tee, AT);
    this.#get(END, SCALAR.lessUnsigned, SCALAR.brIf, 0, SCALAR.end);
  }

  /** Code that leaves a vector on the stack, and under a name if it is needed again. */
  #push(
    vector: Vector,
    uses: ReadonlyMap<Vector, number>,
    locals: ReadonlyMap<Vector, number>,
    keep: (vector: Vector) => number,
  ): void {
    const local = locals.get(vector);
    if (local !== undefined) {
      this.#get(local);
      return;
    }
    const byNumber = vector.table !== undefined || vector.call !== undefined;
    for (const each of vector.args) {
      if (byNumber && locals.has(each)) continue;
      this.#push(each, uses, locals, keep);
      // It is needed twice, once a number.
      if (byNumber) this.#code.push(SCALAR.set, ...leb(locals.get(each) ?? keep(each)));
    }
    if (byNumber)
      this.#eachNumber(
        vector,
        vector.args.map((each) => locals.get(each) as number),
      );
    if (vector.by !== undefined) this.#code.push(SCALAR.const, ...signed(vector.by));
    if (vector.instruction !== undefined) this.#vector(vector.instruction);
    if (Number(uses.get(vector)) > 1) this.#code.push(SCALAR.tee, ...leb(keep(vector)));
  }

  /** What has no vector code: two numbers looked up in a table, or given to a function. */
  #eachNumber({ table, call }: Vector, args: readonly number[]): void {
    if (table !== undefined) {
      for (const lane of [1, 0]) {
        this.#get(args[0]);
        this.#vector('i32x4.extract_lane', lane);
        this.#code.push(SCALAR.const, 3, SCALAR.shiftLeft);
      }
      this.#vector('v128.load64_zero', 0, ...leb(table));
      this.#vector('v128.load64_lane', 0, ...leb(table), 1);
    }
    if (call !== undefined) {
      for (const lane of [0, 1]) {
        for (const local of args) {
          this.#get(local);
          this.#vector('f64x2.extract_lane', lane);
        }
        this.#code.push(SCALAR.call, FUNCTIONS.indexOf(call));
        if (lane === 0) this.#vector('f64x2.splat');
        else this.#vector('f64x2.replace_lane', 1);
      }
    }
  }

  /** Adds four float32 to the sums in float64. */
  #addUp(local: number): void {
    this.#get(SUM);
    this.#get(local);
    this.#vector('f64x2.promote_low_f32x4');
    this.#get(local);
    this.#get(local);
    this.#vector('i8x16.shuffle', 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    this.#vector('f64x2.promote_low_f32x4');
    this.#vector('f64x2.add');
    this.#vector('f64x2.add');
    this.#code.push(SCALAR.set, SUM);
  }

  #slotOf(setting: Setting): number {
    const slot = this.#slots.get(setting) ?? this.settings.push(setting) - 1;
    this.#slots.set(setting, slot);
    return this.#places.settings + this.#places.bytes * slot;
  }

  #placeOf(lane: Lane): Place {
    if (lane === 'x' || lane === 'y' || lane === 'factor') return lane;
    return { offset: Number(this.#places[lane]) };
  }

  #address(place: Place): number {
    if (typeof place === 'object') {
      this.#get(HERE);
      return place.offset;
    }
    this.#get(ARGUMENTS.indexOf(place), SCALAR.get, AT, SCALAR.add);
    return 0;
  }

  #load(place: Place): void {
    const offset = this.#address(place);
    this.#vector('v128.load', 0, ...leb(offset));
  }

  #store(place: Place, value: () => void): void {
    const offset = this.#address(place);
    value();
    this.#vector('v128.store', 0, ...leb(offset));
  }

  #get(local: number, ...more: number[]): void {
    this.#code.push(SCALAR.get, ...leb(local), ...more);
  }

  #vector(instruction: Instruction, ...more: number[]): void {
    this.#code.push(0xfd, ...leb(VECTOR[instruction]), ...more);
  }
}

/** How often each vector that `roots` are made of is needed; nothing that `given` is made of. */
function usesIn(roots: readonly Vector[], given: ReadonlySet<Vector>): Map<Vector, number> {
  const uses = new Map<Vector, number>();
  const visit = (vector: Vector) => {
    const count = uses.get(vector) ?? 0;
    uses.set(vector, count + 1);
    if (count === 0 && !given.has(vector)) vector.args.forEach(visit);
  };
  roots.forEach(visit);
  return uses;
}

/** Whether `what` is among what `roots` are made of, `given` apart. */
export const isIn = (what: Vector, roots: readonly Vector[], given: readonly Vector[]): boolean =>
  usesIn(roots, new Set(given)).has(what);

const text = (name: string) => [...leb(name.length), ...Array.from(name, (letter) => letter.charCodeAt(0))];
const sized = (bytes: readonly number[]) => [...leb(bytes.length), ...bytes];
const list = (...items: readonly (readonly number[])[]) => [...leb(items.length), ...items.flat()];

/**
 * A module with one function, `run`, in memory that it is given, with `base`, by its environment.
 *
 * @param usesMath Whether that has functions, too.
 */
export function moduleOf(
  body: readonly number[],
  memory: { shared: boolean; pages: number; mostPages: number },
  usesMath = false,
) {
  const limits = [memory.shared ? 3 : 1, ...leb(memory.pages), ...leb(memory.mostPages)];
  const functions = usesMath ? FUNCTIONS : [];
  const takes = (count: number) => [TYPE.function, ...list(...Array(count).fill([TYPE.f64])), ...list([TYPE.f64])];
  const sections = [
    [1, list([TYPE.function, ...list(...ARGUMENTS.map(() => [TYPE.i32])), ...list([TYPE.f64])], takes(1), takes(2))],
    [
      2,
      list(
        [...text('env'), ...text('memory'), 2, ...limits],
        [...text('env'), ...text('base'), 3, TYPE.i32, 0],
        ...functions.map((name) => [...text('env'), ...text(name), 0, name === 'pow' ? 2 : 1]),
      ),
    ],
    [3, list([0])],
    [7, list([...text('run'), 0, functions.length])],
    [10, list(sized(body))],
  ] as const;
  return Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flatMap(([id, bytes]) => [id, ...sized(bytes)])]);
}
