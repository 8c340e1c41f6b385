import type { Backend } from './backend.ts';
import type { CheckResult, ClauseReport, Report } from './report.ts';

/** What happens while the suite runs. */
export type RunEvent =
  | { readonly type: 'start'; readonly backend: Pick<Backend, 'name' | 'dtype' | 'device'>; readonly total: number }
  | { readonly type: 'next'; readonly id: string; readonly clause: string }
  | { readonly type: 'check'; readonly result: CheckResult; readonly done: number; readonly total: number }
  | { readonly type: 'clause'; readonly report: ClauseReport }
  | { readonly type: 'end'; readonly report: Report };
