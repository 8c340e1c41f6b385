/** One thing wrong with what was passed in. */
export interface Problem {
  /** The option or argument, as the caller spells it. */
  readonly field: string;
  /** What was passed. */
  readonly got: unknown;
  /** What the field takes, as the rest of the sentence "takes …". */
  readonly takes: string;
  /** The offending entry of an array. */
  readonly index?: number;
}

/**
 * Every error this library throws on purpose. It names each bad field at once, what it got and what it takes.
 *
 * @example
 * ```ts
 * sigmoidFocal({ gamma: -1, alhpa: 0.25 });
 * // FocalLossError: sigmoidFocal: gamma got -1, takes a finite number ≥ 0; alhpa got 0.25, takes nothing: the options are …
 * ```
 */
export class FocalLossError extends Error {
  override readonly name = 'FocalLossError';
  readonly problems: readonly Problem[];

  /** Whether something is such an error, of this copy of the package or of another that a program has beside it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one asks for itself.
    if (this !== FocalLossError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return (
      value instanceof Error && value.name === 'FocalLossError' && Array.isArray((value as FocalLossError).problems)
    );
  }

  constructor(where: string, problems: readonly Problem[]) {
    super(`${where}: ${problems.map(describe).join('; ')}`);
    this.problems = problems;
  }
}

function describe({ field, got, takes, index }: Problem): string {
  const place = index === undefined ? field : `${field}[${index}]`;
  return `${place} got ${show(got)}, takes ${takes}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const { length } = value as ArrayLike<unknown>;
    const short = Array.isArray(value) && length <= 4 && value.every((entry) => typeof entry === 'number');
    return short ? `[${value.join(', ')}]` : `${value.constructor.name}(${length})`;
  }
  if (typeof value === 'object' && value !== null) return `an object of type ${value.constructor?.name ?? 'null'}`;
  return Object.is(value, -0) ? '-0' : String(value);
}
