import type { Instruction } from './instructions.ts';

/** The parts of a parameter that lie ready: as float32, what that lacks of it, its leading twelve bits, what they lack, its inverse. */
export type Part = 'float' | 'low' | 'head' | 'rest' | 'inverse';

/** A number, the same for all entries, that whoever calls a kernel puts into its memory first. */
export type Setting =
  | { readonly number: number }
  | { readonly bits: number }
  | {
      readonly param: number;
      readonly part: Part;
      /** What the parameter leaves of 1, formed before it is rounded. */
      readonly isComplement: boolean;
    };

/** What a loop reads anew in each turn: an argument's array or a lane of the kernel's own. */
export type Lane = 'x' | 'y' | 'factor' | 'scale' | 'low';

/** Four float32 numbers, or masks: an instruction on others, or what is read. */
export interface Vector {
  /** Its number within its graph. */
  readonly id: number;
  readonly instruction?: Instruction;
  readonly args: readonly Vector[];
  /** By how many bits an instruction shifts. */
  readonly by?: number;
  /** Where a table of float64 numbers lies, of which the two at the places given by an argument are read. */
  readonly table?: number;
  /** The imported function that each of two numbers goes through. */
  readonly call?: MathFunction;
  readonly setting?: Setting;
  readonly lane?: Lane;
  /** The bits in which a positive's factor differs from a negative's. */
  readonly isChange?: boolean;
}

/** What there is no vector code for in float64. */
export type MathFunction = 'exp' | 'log' | 'log1p' | 'pow';

/** Makes vectors. What is made of the same parts is the same object, and so is computed once. */
export interface Graph {
  readonly zero: Vector;
  readonly one: Vector;
  constant(value: number): Vector;
  bits(word: number): Vector;
  param(index: number): Vector;
  /** One less a parameter; undefined of any other vector. */
  complement(of: Vector): Vector | undefined;
  lane(name: Lane): Vector;
  change(): Vector;
  op(instruction: Instruction, args: readonly Vector[], by?: number): Vector;
  lookUp(table: number, places: Vector): Vector;
  call(name: MathFunction, args: readonly Vector[]): Vector;
  /** a·b + c: rounded once if the build is relaxed. */
  madd(a: Vector, b: Vector, c: Vector): Vector;
  /** Lane by lane `a` where `mask` is all ones, `b` where it is 0. */
  select(a: Vector, b: Vector, mask: Vector): Vector;
  /** A part of a parameter or of a constant; undefined of any other vector. */
  part(of: Vector, part: Part): Vector | undefined;
}

/** @param relaxed Whether to use instructions whose last digit or way to choose is the hardware's. */
export function newGraph(relaxed: boolean): Graph {
  const made = new Map<string, Vector>();

  function unique(key: string, parts: Omit<Vector, 'id' | 'args'> & Partial<Pick<Vector, 'args'>>): Vector {
    const known = made.get(key);
    if (known !== undefined) return known;
    const vector: Vector = { args: [], ...parts, id: made.size };
    made.set(key, vector);
    return vector;
  }
  const setting = (key: string, of: Setting) => unique(key, { setting: of });
  const constant = (number: number) => setting(Object.is(number, -0) ? '-0' : `${number}`, { number });
  const param = (index: number, part: Part, isComplement: boolean) =>
    setting(`${isComplement ? '1 - ' : ''}param ${index} ${part}`, { param: index, part, isComplement });
  const op: Graph['op'] = (instruction, args, by) => {
    let key = `${instruction} ${by}`;
    for (const { id } of args) key += ` ${id}`;
    return unique(key, by === undefined ? { instruction, args } : { instruction, args, by });
  };
  const zero = constant(0);
  return {
    zero,
    one: constant(1),
    constant,
    bits: (bits) => setting(`bits ${bits}`, { bits }),
    param: (index) => param(index, 'float', false),
    complement({ setting }) {
      const isWhole = setting !== undefined && 'param' in setting && setting.part === 'float' && !setting.isComplement;
      return isWhole ? param(setting.param, 'float', true) : undefined;
    },
    lane: (lane) => unique(lane, { lane }),
    change: () => unique('change', { isChange: true }),
    op,
    lookUp: (table, places) => unique(`table ${table} ${places.id}`, { table, args: [places] }),
    call: (call, args) => unique(`${call} ${args.map(({ id }) => id)}`, { call, args }),
    madd: (a, b, c) => (relaxed ? op('f32x4.relaxed_madd', [a, b, c]) : op('f32x4.add', [op('f32x4.mul', [a, b]), c])),
    select: (a, b, mask) => op(relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect', [a, b, mask]),
    part({ setting }, part) {
      if (setting === undefined || 'bits' in setting) return undefined;
      if (!('param' in setting)) return constant(partOf(setting.number, part));
      return param(setting.param, part, setting.isComplement);
    },
  };
}

/** What is to be where a parameter's part is read. */
export function partOfParam(
  { param, part, isComplement }: Extract<Setting, { param: number }>,
  params: readonly number[],
): number {
  return partOf(isComplement ? 1 - params[param] : params[param], part);
}

/** A part of a number. */
function partOf(value: number, part: Part): number {
  const float = Math.fround(value);
  if (part === 'float') return float;
  if (part === 'low') return Number.isFinite(value) ? value - float : 0;
  if (part === 'inverse') return 1 / value;
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] &= HEAD;
  const [head] = new Float32Array(bits.buffer);
  return part === 'head' ? head : value - head;
}

/** The bits of a float32 that are those of its head. */
export const HEAD = 0xfffff000 | 0;
