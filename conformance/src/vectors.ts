/**
 * The golden vectors: their shape, and reading the words JSON needs for NaN and the infinities. What the fields mean
 * stands in the schema beside the vectors.
 *
 * @module
 */

/** Which loss a case is about. */
export interface LossSpec {
  readonly factory: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Which single operation of the algebra a case is about. */
export interface OperationSpec {
  readonly op: string;
  readonly args: readonly string[];
  readonly params: Readonly<Record<string, number>>;
}

/** What a backend is given. */
export interface Input {
  readonly logits: readonly number[];
  readonly targets: readonly number[];
  readonly weights?: readonly number[];
  readonly shape?: readonly number[];
  readonly axis?: number;
  readonly weightsShape?: readonly number[];
  readonly normalizer?: number;
  readonly repeat?: number;
  /** How far into larger buffers the arrays begin: what a call is given need not be a whole buffer. */
  readonly offset?: number;
}

/** What it must answer. */
export interface Expectation {
  readonly value?: number | readonly number[];
  readonly grad?: readonly number[];
  readonly valueScale?: readonly number[];
  readonly gradScale?: readonly number[];
  readonly hess?: readonly number[];
  readonly hessScale?: readonly number[];
  readonly posterior?: readonly number[];
  readonly tolerance?: number;
  readonly error?: { readonly field: string; readonly index?: number };
}

/** One case of the vectors. */
export interface Vector {
  readonly id: string;
  readonly clause: string;
  readonly source?: string;
  readonly loss?: LossSpec;
  readonly operation?: OperationSpec;
  readonly input?: Input;
  readonly expect: Expectation;
}

/** One file of vectors. */
export interface VectorFile {
  readonly title: string;
  readonly cases: readonly Vector[];
}

const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Reads one file of vectors. */
export function parseVectors(json: string): VectorFile {
  return spelledOut(JSON.parse(json)) as VectorFile;
}

/** With numbers for words, in place: a reviver of JSON is called for each of the numbers, of which there are many. */
function spelledOut(value: unknown): unknown {
  if (typeof value === 'string') return Object.hasOwn(words, value) ? words[value] : value;
  if (typeof value !== 'object' || value === null) return value;
  const own = value as Record<string, unknown>;
  for (const key in own) {
    const one = own[key];
    if (typeof one !== 'number') own[key] = spelledOut(one);
  }
  return value;
}
