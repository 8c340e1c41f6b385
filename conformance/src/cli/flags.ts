/** The options of the command, as cac reads them. */
export interface Flags {
  all?: boolean;
  exec?: string | string[];
  clause?: string | string[];
  case?: string;
  call?: string;
  backend?: string;
  timeout: number;
  seed?: string | number;
  shard?: string;
  bail?: boolean;
  list?: boolean;
  json?: string;
  junit?: string;
  html?: string;
  quiet?: boolean;
  verbose?: boolean;
}

/** What may be said more than once. */
const MANY: readonly string[] = ['--', 'clause', 'exec'];

/** @throws if an option was given twice that can only mean one thing. */
export function checkOnce(flags: Flags): void {
  for (const [name, value] of Object.entries(flags)) {
    if (Array.isArray(value) && !MANY.includes(name))
      throw new Error(`--${name} may be given once, not ${value.length} times`);
  }
}
