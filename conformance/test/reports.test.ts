import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  type Backend,
  conformanceReport,
  type Report,
  type ReportFile,
  toHtml,
  toJson,
  toJunit,
} from '../src/index.ts';
import { evaluate, rounded } from './honest.ts';

const clauses = ['values.ordinary', 'soft-labels', 'alpha', 'empty', 'calls.leaks'];
const honest = rounded('float64');
const naive: Backend = {
  ...honest,
  name: '<naive> & "wrong"',
  supports: { softLabels: false },
  xfail: [
    { clause: 'empty', reason: 'issue 12' },
    { clause: 'alpha', reason: 'fixed long ago' },
  ],
  evaluate: (call) => {
    const { value, grad = [] } = evaluate(call);
    const wrong = call.loss.name === 'sigmoidFocal' && call.loss.alpha === undefined && call.logits.length > 0;
    const lost = call.logits.length === 0 && call.loss.reduction === 'mean' ? Number.NaN : value;
    return { value: lost, grad: wrong ? Array.from(grad, () => Number.NaN) : grad };
  },
};
const report = async (backend: Backend): Promise<Report> => ({
  ...(await conformanceReport(backend, { clauses })),
  command: 'focal-conformance ./x.js',
});
const file: ReportFile = {
  reports: [
    await report(honest),
    await report(naive),
    await report({ ...honest, name: 'absent', unavailable: () => 'no GPU' }),
  ],
  notLoaded: [{ file: './broken.js', reason: 'it was not built' }],
};

it('what is declared to fail does not fail the run, and what passes in spite of it does', async () => {
  const [, wrong] = file.reports;
  expect(wrong.expectedFailures.map(({ clause, reason }) => [clause, reason])).toContainEqual(['empty', 'issue 12']);
  expect(wrong.failures.filter(({ clause }) => clause === 'empty')).toEqual([]);
  expect(wrong.unexpectedPasses).toEqual([{ clause: 'alpha', reason: 'fixed long ago' }]);
  const declared = { ...naive, xfail: [{ clause: 'e*', reason: 'issue 12' }] };
  expect(await conformanceReport(declared, { clauses: ['empty'] })).toMatchObject({ verdict: 'passes', failed: 0 });
  const stale = { ...honest, xfail: [{ clause: 'empty', reason: 'issue 12' }] };
  expect(await conformanceReport(stale, { clauses: ['empty'] })).toMatchObject({ verdict: 'fails', failed: 0 });
  // Which calls are drawn depends on the seed: Chromium failed where Node.js passed, and the other way round.
  const drawn = { ...honest, xfail: [{ clause: 'random', reason: 'issue 12' }] };
  expect(await conformanceReport(drawn, { clauses: ['random'] })).toMatchObject({ verdict: 'passes' });
  // One case of the clause is not enough to say that it passes.
  expect(await conformanceReport(stale, { case: 'sigmoidFocal/empty/sum' })).toMatchObject({ verdict: 'passes' });
});

it('a declared failure names what there is, and a reason', async () => {
  for (const xfail of [[{ clause: 'emtpy', reason: 'x' }], [{ reason: 'x' }], [{ clause: 'empty', reason: '' }]]) {
    await expect(conformanceReport({ ...honest, xfail })).rejects.toThrow('xfail names');
  }
  for (const xfail of [[{ clause: '*', reason: 'x' }], [{ case: '*', reason: 'x' }]]) {
    await expect(conformanceReport({ ...honest, xfail })).rejects.toThrow('covers every check');
  }
});

describe('JSON', () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../report.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

  it('follows the schema, of a part too', async () => {
    const part = await conformanceReport(honest, { clauses: ['alpha'], shard: [1, 2] });
    validate(JSON.parse(toJson({ reports: [part], notLoaded: [] })));
    expect(validate.errors).toBeNull();
    validate(JSON.parse(toJson(file)));
    expect(validate.errors).toBeNull();
  });

  it('and the schema notices what does not', () => {
    const { reports, ...rest } = JSON.parse(toJson(file));
    expect(validate({ ...rest, reports: [{ ...reports[0], verdict: 'perhaps' }] })).toBe(false);
  });
});

describe('JUnit', () => {
  const xml = toJunit(file);

  it('has a suite a backend and a test a clause', () => {
    expect(xml).toContain('<testsuite name="reference float64" tests="5" failures="0" errors="0" skipped="1"');
    expect(xml).toContain('<testsuite name="&lt;naive&gt; &amp; &quot;wrong&quot;" tests="6" failures="2"');
    expect(xml).toContain('<skipped message="no GPU">');
    expect(xml).toContain('<error message="it was not built">');
    expect(xml).toContain('passed, expected to fail: fixed long ago');
    expect(xml).toMatch(/<system-out>FAILED AS EXPECTED .*\n {2}issue 12/);
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    for (const [, end, name, alone] of xml.matchAll(/<(\/?)([\w-]+)[^<>]*?(\/?)>/g)) {
      if (end) expect(open.pop()).toBe(name);
      else if (!alone) open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('HTML', () => {
  const html = toHtml(file);

  it('plots errors of values and gradients against the logit', () => {
    expect(html.match(/<svg /g)).toHaveLength(4);
    expect(html.match(/<circle class="within"/g)?.length).toBeGreaterThan(50);
    expect(html.match(/<circle class="beyond"/g)?.length).toBeGreaterThan(5);
    expect(html).not.toMatch(/[xy]="NaN|<circle[^>]*NaN"/);
  });

  it('makes no request and runs no script', () => {
    expect(html).not.toMatch(/<script|<link|<img|https?:|@import|url\(/);
    expect(html).not.toContain('<naive>');
  });
});
