import { conformanceReport, type RemoteBackend } from '@focal-loss/conformance';
import { describe, expect, it } from 'vitest';
import { inChromium, inNode, noChromium } from '../dist/index.js';

const module = new URL('modules/backends.js', import.meta.url);
const places: [string, typeof inNode | typeof inChromium, string | undefined][] = [
  ['Node.js', inNode, undefined],
  ['Chromium', inChromium, await noChromium()],
];

describe.each(places)('the suite in another %s', (place, where, missing) => {
  const backend = (name: string): RemoteBackend => where(module, { name, dtype: 'float64' });

  it.skipIf(missing !== undefined)('passes a right backend and says where it ran', async () => {
    const report = await conformanceReport(backend('right'), { shard: [1, 6] });
    expect(report.failures.map(({ id }) => id)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'passes', runtime: { place: 'elsewhere' }, largest: 1e4 });
    expect(report.backend.name).toBe(`right (${place})`);
    expect(report.checks).toBeGreaterThan(100);
  });

  it.skipIf(missing !== undefined)('fails a wrong one', async () => {
    const report = await conformanceReport(backend('twice'), { clauses: ['values.ordinary'] });
    expect(report.verdict).toBe('fails');
  });

  it.skipIf(missing !== undefined)('says what the module does not export', async () => {
    await expect(conformanceReport(backend('neither'))).rejects.toThrow('no backend called neither');
  });
});
