import type { ClauseReport, NotLoaded, Report, ReportFile } from '../report.ts';
import { expectedText, failureText, originOf, reproduce, short, worstText } from '../text.ts';
import { escapeXml } from '../xml.ts';
import { plot } from './plot.ts';
import { style } from './style.ts';

/** Failures shown of one clause: those of a backend that is wrong everywhere would fill a book. */
const few = 5;

/** Reports as one page that needs nothing else: no script, no request. */
export function toHtml({ reports, notLoaded }: ReportFile): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>focal-loss conformance</title>
<style>${style}</style>
</head>
<body>
<h1>focal-loss conformance</h1>
${overview(reports, notLoaded)}
${reports.map((report, i) => section(report, i)).join('\n')}
</body>
</html>
`;
}

function overview(reports: readonly Report[], notLoaded: readonly NotLoaded[]): string {
  const rows = [
    ...reports.map((report, i) => {
      const { backend, checks, failed, worst, allowance, verdict, reason } = report;
      const name = `<a href="#backend-${i}">${escapeXml(backend.name)}</a>`;
      const words = verdict === 'not run' ? `not run: ${reason}` : verdict;
      const figures = [checks, failed, short(worst.value?.error), short(worst.grad?.error), short(allowance)];
      return `<tr><td>${name}</td><td>${backend.dtype}</td><td>${backend.device}</td>${figures.map(figure).join('')}<td class="${verdict}">${escapeXml(words)}</td></tr>`;
    }),
    ...notLoaded.map(
      ({ file, reason }) =>
        `<tr><td>${escapeXml(file)}</td><td colspan="8" class="failed">${escapeXml(reason)}</td></tr>`,
    ),
  ];
  const head = ['backend', 'format', 'device'].map((word) => `<th>${word}</th>`).join('');
  return `<div class="scroll"><table>
<tr>${head}${['checks', 'failed', 'worst value', 'worst gradient', 'allowed'].map(figureHead).join('')}<th>verdict</th></tr>
${rows.join('\n')}
</table></div>`;
}

function section(report: Report, i: number): string {
  const { backend, verdict, reason, runtime, seconds, curves, allowance, without, largest, command } = report;
  const heading = `<h2 id="backend-${i}">${escapeXml(backend.name)} <span class="${verdict}">${verdict}</span></h2>`;
  if (verdict === 'not run') return `${heading}\n<p>${escapeXml(reason ?? '')}</p>`;
  const facts = [
    `${backend.dtype}, ${backend.device}`,
    Object.entries(runtime)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${seconds.toFixed(1)} s`,
    Object.entries(originOf(report))
      .map(([name, what]) => `${name} ${what}`)
      .join(', '),
    without.length > 0 ? `not supported: ${without.join(', ')}` : '',
    largest === undefined ? '' : `at most ${largest} logits at once`,
  ];
  const plots = [
    { title: 'Error of values against the logit', points: curves.value, allowance },
    { title: 'Error of gradients against the logit', points: curves.grad, allowance },
  ].filter(({ points }) => points.length > 0);
  return `${heading}
<p class="dim">${escapeXml(facts.filter(Boolean).join(' · '))}</p>
${command === undefined ? '' : `<pre>${escapeXml(command)}</pre>`}
<div class="plots">${plots.map(plot).join('\n')}</div>
${texts('Worst errors', worstText(report))}
${failures(report)}
${texts('Expected failures', expectedText(report))}
<h3>Clauses</h3>
<div class="scroll"><table>
<tr><th>clause</th><th>promise</th>${['checks', 'failed', 'as expected', 'not made', 'worst value', 'worst gradient', 'other parts', 'allowed'].map(figureHead).join('')}</tr>
${report.clauses.map(clauseRow).join('\n')}
</table></div>`;
}

function clauseRow(clause: ClauseReport): string {
  const { id, statement, docs, checks, failed, expectedFailures, notSupported, notApplicable, worst, allowance } =
    clause;
  const figures = [
    checks,
    failed || '',
    expectedFailures || '',
    notSupported + notApplicable || '',
    short(worst.value?.error),
    short(worst.grad?.error),
    short((worst.hess ?? worst.posterior)?.error),
    allowance === 0 ? 'equal' : short(allowance),
  ];
  const name = `<span title="${escapeXml(docs)}">${id}</span>`;
  return `<tr><td${failed > 0 ? ' class="failed"' : ''}>${name}</td><td>${escapeXml(statement)}</td>${figures.map(figure).join('')}</tr>`;
}

function failures(report: Report): string {
  const shown = report.clauses.flatMap(({ id }) => {
    const all = report.failures.filter(({ clause }) => clause === id);
    const texts = all.slice(0, few).map((failure) => failureText(failure, reproduce(report, failure.id)));
    return all.length > few ? [...texts, `and ${all.length - few} more in ${id}`] : texts;
  });
  const passes = report.unexpectedPasses.map(
    ({ clause, case: id, reason }) => `PASSED UNEXPECTEDLY ${id ?? clause}\n  expected to fail: ${reason}`,
  );
  const outside = report.faults.map((fault) => `OUTSIDE ANY CHECK ${fault}`);
  return texts('Failures', [...outside, ...shown, ...passes]);
}

const texts = (heading: string, all: readonly string[]) =>
  all.length === 0 ? '' : `<h3>${heading}</h3>\n<pre>${escapeXml(all.join('\n\n'))}</pre>`;
const figure = (cell: string | number) => `<td class="figure">${cell}</td>`;
const figureHead = (cell: string) => `<th class="figure">${cell}</th>`;
