import type { CheckResult } from './report.ts';

/** The larger of two errors of each part. */
export function worse(a: CheckResult['worst'], b: CheckResult['worst']): CheckResult['worst'] {
  const worst = { ...a };
  for (const part of ['value', 'grad'] as const) {
    const [known, other] = [a[part], b[part]];
    if (other !== undefined && (known === undefined || other.error > known.error)) worst[part] = other;
  }
  return worst;
}
