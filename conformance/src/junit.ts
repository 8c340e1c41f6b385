import type { ClauseReport, Report, ReportFile } from './report.ts';
import { failureText, originOf, reproduce } from './text.ts';
import { escapeXml } from './xml.ts';

/** Reports as JUnit XML: a suite a backend, a test a clause. What was not made is skipped, with the reason. */
export function toJunit({ reports, notLoaded }: ReportFile): string {
  const suites = [
    ...reports.map(suite),
    ...notLoaded.map(({ file, reason }) => suiteOf(file, 0, [{ name: 'loads', inside: tag('error', reason) }])),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="focal-conformance">\n${suites.join('')}</testsuites>\n`;
}

interface Test {
  readonly name: string;
  /** `<failure>` and the like; nothing for a test that passed. */
  readonly inside: string;
}

function suite(report: Report): string {
  const { backend, clauses, reason, unexpectedPasses, faults, seconds } = report;
  if (reason !== undefined) return suiteOf(backend.name, 0, [{ name: 'runs', inside: tag('skipped', reason) }]);
  const tests = clauses.map((clause) => ({
    name: `${clause.id}: ${clause.statement}`,
    inside: inside(report, clause),
  }));
  const passes = unexpectedPasses.map(({ clause, case: id, reason }) => ({
    name: `expected to fail: ${clause ?? id}`,
    inside: tag('failure', `passed, expected to fail: ${reason}`),
  }));
  const outside = faults.map((fault) => ({ name: 'outside any check', inside: tag('failure', fault) }));
  return suiteOf(backend.name, seconds, [...tests, ...passes, ...outside], originOf(report));
}

function inside(report: Report, { id, checks, failed }: ClauseReport): string {
  const of = (results: Report['failures']) =>
    results.filter(({ clause }) => clause === id).map((result) => failureText(result, reproduce(report, result.id)));
  if (failed > 0) return tag('failure', `${failed} of ${checks} checks failed`, of(report.failures).join('\n\n'));
  const expected = of(report.expectedFailures);
  if (expected.length > 0) return `      <system-out>${escapeXml(expected.join('\n\n'))}</system-out>\n`;
  return checks === 0 ? tag('skipped', 'not supported or not applicable') : '';
}

function suiteOf(
  name: string,
  seconds: number,
  tests: readonly Test[],
  properties: Readonly<Record<string, string>> = {},
): string {
  const count = (element: string) => tests.filter(({ inside }) => inside.includes(`<${element} `)).length;
  const counts = `tests="${tests.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  const cases = tests.map(({ name: test, inside }) => {
    const open = `    <testcase classname="${escapeXml(name)}" name="${escapeXml(test)}"`;
    return inside === '' ? `${open}/>\n` : `${open}>\n${inside}    </testcase>\n`;
  });
  const facts = Object.entries(properties).map(
    ([name, value]) => `      <property name="${escapeXml(name)}" value="${escapeXml(value)}"/>\n`,
  );
  const head = facts.length === 0 ? '' : `    <properties>\n${facts.join('')}    </properties>\n`;
  return `  <testsuite name="${escapeXml(name)}" ${counts} time="${seconds.toFixed(3)}">\n${head}${cases.join('')}  </testsuite>\n`;
}

const tag = (element: string, message: string, text = '') =>
  `      <${element} message="${escapeXml(message)}">${escapeXml(text)}</${element}>\n`;
