/** The SQL of an engine, where it differs from that of the others. */
export interface Dialect {
  readonly name: string;
  /** A value as float64. */
  readonly double: (a: string) => string;
  /** A truth as 0 or 1. */
  readonly int: (truth: string) => string;
  /** Undefined where the engine has no NaN: then it is NULL. */
  readonly nan: string | undefined;
  readonly infinity: string;
  /** Infinity, as a cast reads it. */
  readonly word: string;
  /** The quote of names; twice, or behind a backslash, inside of one. */
  readonly quote: '"' | '`';
  readonly hasBackslash: boolean;
  /** log(1 + a). */
  readonly log1p: (a: string) => string;
  /** The same for a in [0, 1], if there is something shorter. */
  readonly log1pUnit?: (a: string) => string;
  /** Whether a result too small for float64 is an error instead of 0, and one too large another. Such engines have foreign tables, too. */
  readonly strict: boolean;
  /** What keeps the steps of a query apart, where an engine would write each into the next and compute all of it again. */
  readonly apart: string;
  /** Whether an expression may be a subquery that names its steps: where it was run as one. */
  readonly nests: boolean;
  /** An array column as rows: what follows `FROM "table" AS s`, given the column, with the names of the logit and of its place. */
  readonly unnest: (column: string) => readonly [from: string, logit: string, place: string];
}
type Spelling = Omit<Dialect, 'name' | 'nan' | 'infinity'>;

const cast = (type: string) => (a: string) => `CAST(${a} AS ${type})`;
const postfix = (type: string) => (a: string) => `${a}::${type}`;
const bracketed = (a: string) => `(${a})`;
/** Of what 1 + a has kept of a, times what that is short of a (Kahan). */
const mended = (a: string) => `CASE WHEN 1 + ${a} = 1 THEN ${a} ELSE ln(1 + ${a}) * ${a} / ((1 + ${a}) - 1) END`;

/** Most engines; each says what differs. */
const common: Spelling = {
  double: cast('DOUBLE'),
  int: cast('INT'),
  word: 'inf',
  quote: '"',
  hasBackslash: false,
  log1p: mended,
  strict: false,
  apart: '',
  nests: false,
  unnest: (column) => [` CROSS JOIN UNNEST(${column}) WITH ORDINALITY AS u(logit, place)`, 'u.logit', 'u.place - 1'],
};
/** Where the engine's own was run. */
const atanh = (a: string) => `2 * atanh(${a} / (2 + ${a}))`;
const log1p = (a: string) => `log1p(${a})`;

const all = {
  duckdb: { double: postfix('DOUBLE'), int: (truth) => `(${truth})::INT`, log1pUnit: atanh, nests: true },
  postgres: {
    double: postfix('float8'),
    int: (truth) => `(${truth})::int`,
    nan: "float8 'NaN'",
    infinity: "float8 'inf'",
    log1pUnit: atanh,
    strict: true,
    apart: ' MATERIALIZED',
    nests: true,
  },
  sqlite: {
    double: cast('REAL'),
    int: bracketed,
    nan: undefined,
    infinity: '9E999',
    log1pUnit: atanh,
    apart: ' MATERIALIZED',
    nests: true,
    unnest: (column) => [`, json_each(${column}) AS u`, 'u.value', 'u.key'],
  },
  clickhouse: {
    double: cast('Nullable(Float64)'),
    int: bracketed,
    quote: '`',
    hasBackslash: true,
    nan: 'nan',
    infinity: 'inf',
    log1p,
    unnest: (column) => [` ARRAY JOIN ${column} AS logit, arrayEnumerate(${column}) AS place`, 'logit', 'place - 1'],
  },
  spark: {
    word: 'Infinity',
    quote: '`',
    log1p,
    unnest: (column) => [` LATERAL VIEW posexplode(${column}) u AS place, logit`, 'u.logit', 'u.place'],
  },
  bigquery: {
    double: cast('FLOAT64'),
    int: cast('INT64'),
    quote: '`',
    hasBackslash: true,
    unnest: (column) => [` CROSS JOIN UNNEST(${column}) AS logit WITH OFFSET AS place`, 'logit', 'place'],
  },
  snowflake: {
    double: postfix('FLOAT'),
    unnest: (column) => [`, LATERAL FLATTEN(input => ${column}) AS u`, 'u.value', 'u.index'],
  },
  trino: { word: 'Infinity' },
} as const satisfies Record<string, Partial<Dialect>>;

/** An engine's name. */
export type DialectName = keyof typeof all;

/** All of them. */
export const dialects = Object.keys(all) as readonly DialectName[];

export function dialectOf(name: DialectName): Dialect {
  const own: Spelling = { ...common, ...all[name] };
  return { nan: own.double("'NaN'"), infinity: own.double(`'${own.word}'`), ...own, name };
}

/** A column or a table: its name, or its name behind that of what it is in. */
export type Column = string | readonly string[];

/** Whether something is such a name. */
export function isName(name: unknown): name is Column {
  const parts: readonly unknown[] = Array.isArray(name) ? Array.from(name) : [name];
  return parts.length > 0 && parts.every((part) => typeof part === 'string' && part !== '' && !part.includes('\0'));
}

/** A name in quotes: nothing that a user writes stands in the text without them. */
export function quoted(name: Column, { quote, hasBackslash }: Dialect): string {
  const escaped = (part: string) =>
    hasBackslash ? part.replace(/[\\`]/g, '\\$&') : part.replaceAll(quote, quote + quote);
  return [name]
    .flat()
    .map((part) => quote + escaped(part) + quote)
    .join('.');
}
