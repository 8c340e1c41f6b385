/** Pairs of runs. */
const ROUNDS = 60;
/** For how many milliseconds they are made without being counted: compilers take time, and not a number of runs. */
const WARMUP = 1000;

/** What is run and timed; with promises, until they resolve. */
type Run = () => unknown;

/**
 * Two ways to do the same work, in turns; who goes first changes from round to round.
 *
 * @returns The least nanoseconds an element of either and their ratio, which what else the machine does cannot lift, and the median of
 *   the ratio within a round.
 */
export async function duel(old: Run, fresh: Run, elements: number, rounds = ROUNDS): Promise<string[]> {
  const times: [number, number][] = [];
  const end = performance.now() + WARMUP;
  for (let round = 0; times.length < rounds; round++) {
    const isCounted = performance.now() >= end;
    const pair: [number, number] = [0, 0];
    for (const place of round & 1 ? [1, 0] : [0, 1]) pair[place] = await clock(place === 0 ? old : fresh);
    if (isCounted) times.push(pair);
  }
  const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
  const least = ([0, 1] as const).map((place) => Math.min(...times.map((pair) => pair[place])));
  const ns = least.map((time) => ((1e6 / elements) * time).toFixed(2));
  return [...ns, (least[1] / least[0]).toFixed(3), median(times.map(([a, b]) => b / a)).toFixed(3)];
}

/** The least milliseconds of three runs: what others do on this machine only ever adds. */
async function clock(run: Run): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    const ran = run();
    if (ran instanceof Promise) await ran;
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
