/** The options of the command, as cac reads them. */
export interface Flags {
  all?: boolean;
  exec?: string | string[];
  clause?: string | string[];
  case?: string;
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
