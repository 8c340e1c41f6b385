/** The contents of a vector file, as ../vectors/schema.json describes them, with NaN and ±Infinity as numbers. */
export interface VectorFile {
  readonly title: string;
  readonly cases: () => readonly Case[];
}

export interface Case {
  readonly id: string;
  /** What of the spec it tests. */
  readonly clause: string;
  /** Where a published figure comes from. */
  readonly source?: string;
  readonly loss?: LossSpec;
  readonly operation?: Operation;
  readonly input?: Input;
  readonly expect: Expect;
}

export interface LossSpec {
  readonly factory: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly op: string;
  /** 'x' is the logit, 'y' the target, anything else a parameter. */
  readonly args: readonly string[];
  readonly params: Readonly<Record<string, number>>;
}

export interface Input {
  readonly logits: readonly number[];
  readonly targets: readonly number[];
  readonly weights?: readonly number[];
  readonly shape?: readonly number[];
  readonly axis?: number;
  readonly weightsShape?: readonly number[];
  readonly normalizer?: number;
  readonly repeat?: number;
}

export interface Expect {
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
