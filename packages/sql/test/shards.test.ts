/** The example of three servers, small: where Debian's PostgreSQL is not, it says that it did not run. */
import { afterAll, expect, it } from 'vitest';
import { findPostgres, Servers } from '../../../docs/examples/shards/servers.ts';
import { study } from '../../../docs/examples/shards/study.ts';

const found = findPostgres();
let servers: Servers | undefined;
afterAll(() => servers?.close());

it('says what is missing, and where it looked', () => {
  expect(findPostgres(['/nowhere'])).toEqual({
    missing: expect.stringMatching(/^no initdb in the folder of --bin, or in /),
  });
});

if ('missing' in found) it.skip(`three servers: not run, ${found.missing}`, () => {});
else
  it('three servers compute the loss where the rows are; without one of them there is an error, and with it the same answer', async () => {
    servers = new Servers(found.bin);
    const lines: string[] = [];
    await study(servers, 3000, (line) => lines.push(line));
    const text = lines.join('\n');
    const means = Array.from(text.matchAll(/^\d servers? *: mean ([\d.]+),/gm), ([, mean]) => Number(mean));
    expect(means).toHaveLength(3);
    for (const mean of means) expect(mean / means[0]).toBeCloseTo(1, 12);
    expect(text.match(/Async Foreign Scan\n.*computes: .* exp, atanh, sum, count, GROUP BY/g)).toHaveLength(3);
    expect(text.match(/computes: .* exp, atanh, ORDER BY/g)).toHaveLength(3);
    expect(text).toMatch(/100 hardest of 3000: id \d+ with [\d.]+ to id \d+ with [\d.]+,/);
    expect(text).toMatch(/ERROR: {2}could not connect to server "shard2"/);
    expect(text).toMatch(/it is back: mean [\d.]+, the same$/);
  }, 120_000);
