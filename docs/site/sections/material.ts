import type { Package } from '../packages.ts';
import type { Reports } from '../reports.ts';

/** What sections are made from. */
export interface Material {
  readonly packages: readonly Package[];
  readonly reports: Reports;
}
