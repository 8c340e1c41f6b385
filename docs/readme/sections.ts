import type { Kept, Reports } from '../site/reports.ts';

/** The adapters as their conformance reports tell of them. Errors are rounded up to one digit, so that they hold on any machine. */
export function adapterRows({ reports, notLoaded }: Reports): Record<string, string>[] {
  return [
    ...reports.map((report) => ({
      adapter: report.backend.name,
      checks: report.verdict === 'not run' ? '' : String(report.checks),
      'worst error, value': worst(report, 'value'),
      gradient: worst(report, 'grad'),
      allowed: report.allowance.toExponential(0),
      verdict: verdictOf(report),
    })),
    ...notLoaded.map(({ file, reason }) => ({
      adapter: file,
      checks: '',
      'worst error, value': '',
      gradient: '',
      allowed: '',
      verdict: `not run here: ${reason}`,
    })),
  ];
}

/** One backend a package, the first that was run: the site tells of the rest, and of what each lacks. */
export function firstRows({ reports, notLoaded }: Reports): Record<string, string>[] {
  const seen = new Set<string>();
  const first = reports.filter(({ backend, verdict }) => {
    const [adapter] = backend.name.split(' ');
    const isFirst = verdict !== 'not run' && !seen.has(adapter);
    if (isFirst) seen.add(adapter);
    return isFirst;
  });
  return adapterRows({ reports: first, notLoaded });
}

/** The verdict, and how many checks were declared to fail. */
function verdictOf({ verdict, reason, declared }: Kept): string {
  if (verdict === 'not run') return `not run here: ${reason}`;
  const checks = declared.reduce((sum, { checks }) => sum + checks, 0);
  if (checks === 0) return verdict;
  return `${verdict}, but for ${checks} ${checks === 1 ? 'check' : 'checks'} declared to fail`;
}

function worst({ worst }: Kept, part: 'value' | 'grad'): string {
  const error = worst[part]?.error;
  if (error === undefined || error === 0) return error === undefined ? '' : '0';
  const unit = 10 ** Math.floor(Math.log10(error));
  return (Math.ceil(error / unit) * unit).toExponential(0);
}
