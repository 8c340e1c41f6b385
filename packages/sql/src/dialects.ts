import { FocalLossError } from '@focal-loss/core';

/** The SQL of an engine, where it differs from that of the others. */
export interface Dialect {
  readonly name: string;
  /** The name of float64. */
  readonly double: string;
  /** The quote of names; twice, or behind a backslash, inside of one. */
  readonly quote: '"' | '`';
  /** Undefined where the engine has no NaN: then it is NULL. */
  readonly nan: string | undefined;
  readonly infinity: string;
  readonly ln: string;
  readonly power: string;
  /** Whether there is log1p. */
  readonly log1p: boolean;
  /** Whether a result too small for float64 is an error instead of 0. */
  readonly underflows: boolean;
  /** Whether what is one expression can be computed by another server, which a step over steps cannot. */
  readonly pushesDown: boolean;
  /** What keeps the steps of a query apart, where an engine would write each into the next and compute all of it again. */
  readonly apart: string;
  /** An array column as rows: what follows `FROM "table" AS s`, given the column, with the names of the logit and of its place. */
  readonly unnest: (column: string) => { readonly from: string; readonly x: string; readonly k: string };
}

/** Most engines; each says what differs. */
const common = {
  double: 'DOUBLE',
  quote: '"',
  nan: `CAST('NaN' AS DOUBLE)`,
  infinity: `CAST('Infinity' AS DOUBLE)`,
  ln: 'ln',
  power: 'POWER',
  log1p: false,
  underflows: false,
  pushesDown: false,
  apart: '',
} as const;
const ordinality = (column: string) => ({
  from: ` CROSS JOIN UNNEST(${column}) WITH ORDINALITY AS u(logit, place)`,
  x: 'u.logit',
  k: 'u.place - 1',
});
const ofType = (double: string) => ({
  double,
  nan: `CAST('NaN' AS ${double})`,
  infinity: `CAST('inf' AS ${double})`,
});

const all = {
  duckdb: { ...common, unnest: ordinality },
  postgres: {
    ...common,
    ...ofType('double precision'),
    underflows: true,
    pushesDown: true,
    apart: ' MATERIALIZED',
    unnest: ordinality,
  },
  sqlite: {
    ...common,
    ...{ double: 'REAL', nan: undefined, infinity: '9E999', apart: ' MATERIALIZED' },
    unnest: (column: string) => ({ from: `, json_each(${column}) AS u`, x: 'u.value', k: 'u.key' }),
  },
  clickhouse: {
    ...common,
    ...ofType('Nullable(Float64)'),
    ...{ quote: '`', ln: 'log', log1p: true },
    unnest: (column: string) => ({
      from: ` ARRAY JOIN ${column} AS logit, arrayEnumerate(${column}) AS place`,
      x: 'logit',
      k: 'place - 1',
    }),
  },
  spark: {
    ...common,
    ...{ quote: '`', log1p: true },
    unnest: (column: string) => ({
      from: ` LATERAL VIEW posexplode(${column}) u AS place, logit`,
      x: 'u.logit',
      k: 'u.place',
    }),
  },
  bigquery: {
    ...common,
    ...ofType('FLOAT64'),
    quote: '`',
    unnest: (column: string) => ({
      from: ` CROSS JOIN UNNEST(${column}) AS logit WITH OFFSET AS place`,
      x: 'logit',
      k: 'place',
    }),
  },
  snowflake: {
    ...common,
    ...ofType('FLOAT'),
    unnest: (column: string) => ({
      from: `, LATERAL FLATTEN(input => ${column}) AS u`,
      x: 'u.value',
      k: 'u.index',
    }),
  },
  trino: { ...common, unnest: ordinality },
} as const satisfies Record<string, Omit<Dialect, 'name'>>;

/** An engine's name. */
export type DialectName = keyof typeof all;

/** All of them. */
export const dialects = Object.keys(all) as readonly DialectName[];

/** @throws {@link FocalLossError} for a name that is none. */
export function dialectOf(where: string, name: DialectName): Dialect {
  if (!dialects.includes(name)) {
    throw new FocalLossError(where, [{ field: 'dialect', got: name, takes: dialects.join(', ') }]);
  }
  return { ...all[name], name };
}

/** A name in quotes: nothing that a user writes stands in the text without them. Several are qualified: schema, table. */
export function quoted(where: string, field: string, name: unknown, { quote, name: dialect }: Dialect): string {
  const parts: readonly unknown[] = Array.isArray(name) ? name : [name];
  const isName = (part: unknown) => typeof part === 'string' && part !== '' && !part.includes('\0');
  if (parts.length === 0 || !parts.every(isName)) {
    throw new FocalLossError(where, [{ field, got: name, takes: 'a name, or a list of names: schema, table' }]);
  }
  const hasBackslash = dialect === 'bigquery' || dialect === 'clickhouse';
  const escaped = (part: string) =>
    hasBackslash ? part.replace(/[\\`]/g, '\\$&') : part.replaceAll(quote, quote + quote);
  return parts.map((part) => quote + escaped(String(part)) + quote).join('.');
}
