import { FocalLossError, type Problem } from './errors.ts';
import type { Link, Param } from './formulas/member.ts';

/** What a field takes, in words, and whether a value is that. */
export interface Check {
  /** The rest of the sentence "takes …", perhaps with regard to what it got. */
  readonly takes: string | ((got: unknown) => string);
  readonly accepts: (value: unknown) => boolean;
  /** Whether the field has to be there. */
  readonly required?: boolean | undefined;
}

/** The fields there are, and what each takes. */
export type Checks = Readonly<Record<string, Check>>;

/**
 * Looks at an object of options and gives back a plain copy of it: what was checked is what is used afterwards, whatever
 * getters or a prototype would say the second time. Fields that are undefined count as absent.
 *
 * @param where What the caller called, for the error.
 * @param also Problems found already, which are reported with those found here.
 * @throws {@link FocalLossError} naming every unknown field, every required one that is absent, and every value that is none of what
 *   its field takes.
 */
export function checkOptions(
  where: string,
  options: unknown,
  checks: Checks,
  also: readonly Problem[] = [],
): Record<string, unknown> {
  const plain = plainCopy(options);
  if (plain === undefined) {
    throw new FocalLossError(where, [{ field: 'options', got: options, takes: 'an object' }, ...also]);
  }
  const problems = [...also];
  const refuse = (field: string, got: unknown, { takes }: Check) =>
    problems.push({ field, got, takes: typeof takes === 'string' ? takes : takes(got) });
  for (const [field, got] of Object.entries(plain)) {
    if (got === undefined) continue;
    if (!Object.hasOwn(checks, field)) {
      problems.push({ field, got, takes: `nothing: the options are ${Object.keys(checks).join(', ')}` });
    } else if (!checks[field].accepts(got)) refuse(field, got, checks[field]);
  }
  for (const [field, check] of Object.entries(checks)) {
    if (check.required && plain[field] === undefined) refuse(field, undefined, check);
  }
  if (problems.length > 0) throw new FocalLossError(where, problems);
  return plain;
}

/** The fields of an object, inherited ones too, each read once. Undefined for what is no plain object. */
function plainCopy(options: unknown): Record<string, unknown> | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined;
  for (let prototype = Object.getPrototypeOf(options); prototype !== null; ) {
    const next = Object.getPrototypeOf(prototype);
    // Of an instance of a class, accessors would be neither seen nor used.
    if (next !== null && Object.hasOwn(prototype, 'constructor')) return undefined;
    prototype = next;
  }
  // Without a prototype: a field called __proto__ is a field like any other.
  const copy: Record<string, unknown> = Object.create(null);
  for (const field in options) copy[field] = (options as Record<string, unknown>)[field];
  return copy;
}

export const finite = (value: unknown): value is number => Number.isFinite(value);
export const integer = (value: unknown): value is number => Number.isInteger(value);

/** One of some words. */
export function oneOf(...words: readonly string[]): Check {
  return { takes: words.map((word) => `'${word}'`).join(' or '), accepts: (value) => words.includes(value as string) };
}

/** What is looked at elsewhere: only that the field exists is checked. */
export const anything: Check = { takes: '', accepts: () => true };

/** A switch. */
export const flag: Check = { takes: 'true or false', accepts: (value) => typeof value === 'boolean' };

/** A list of numbers. Its entries are looked at through `Array.from`: `every` passes over holes. */
export const isList = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
const isShare = (value: unknown): value is number => finite(value) && value >= 0 && value <= 1;

/** The options that every loss of a link has. */
export function lossChecks(link: Link): Record<string, Check> {
  const common = {
    reduction: oneOf('mean', 'sum', 'example', 'none'),
    normalizer: oneOf('count', 'positives', 'weights'),
    ignoreIndex: { takes: 'an integer', accepts: integer },
    labelSmoothing: { takes: 'a number in [0, 1)', accepts: (value: unknown) => isShare(value) && value < 1 },
  };
  if (link === 'sigmoid') {
    const accepts = (value: unknown) => isShare(value) || (isList(value) && Array.from(value).every(isShare));
    return { alpha: { takes: 'a number in [0, 1], or one for each class', accepts }, ...common };
  }
  return {
    alpha: {
      takes: 'an array with a finite weight ≥ 0 for each class (a single number would only rescale the loss)',
      accepts: (value) => isList(value) && Array.from(value).every((weight) => finite(weight) && weight >= 0),
    },
    background: { takes: 'a class index', accepts: (value) => integer(value) && value >= 0 },
    ...common,
  };
}

/** Beyond it a parameter times a logit is no float32 any more, and no loss is different for it. */
const LARGEST = 1e6;

/** What the parameters of a member take. */
export function paramChecks(params: Readonly<Record<string, Param>>): Record<string, Check> {
  const entries = Object.entries(params).map(
    ([name, { min = -LARGEST, max = LARGEST, exclusive = false, flag: isFlag }]) => {
      if (isFlag) return [name, flag];
      const from = min === -LARGEST ? '' : ` ${exclusive ? '>' : '≥'} ${min}`;
      const to = max === LARGEST ? '' : `${from && ' and'} ≤ ${max}`;
      const accepts = (value: unknown) => finite(value) && (exclusive ? value > min : value >= min) && value <= max;
      const takes = (got: unknown) =>
        finite(got) && Math.abs(got) > LARGEST ? `a number up to ${LARGEST} in size` : `a finite number${from}${to}`;
      return [name, { takes, accepts }];
    },
  );
  return Object.fromEntries(entries);
}
