/** The options of the command, as cac reads them. */
export interface Flags {
  all?: boolean;
  clause?: string | string[];
  case?: string;
  backend?: string;
  timeout: number;
  json?: string;
  junit?: string;
  html?: string;
  quiet?: boolean;
  verbose?: boolean;
}
