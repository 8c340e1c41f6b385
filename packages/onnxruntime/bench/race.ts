import * as ort from 'onnxruntime-node';

/** One core, and no words of the runtime. */
export const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

export interface Racer {
  readonly name: string;
  run(): Promise<unknown>;
}

/** A model as one run of a session. */
export async function bare(name: string, model: Uint8Array, feeds: Record<string, ort.Tensor>): Promise<Racer> {
  const session = await ort.InferenceSession.create(model, sessionOptions);
  return { name, run: () => session.run(feeds) };
}

/**
 * Milliseconds of the processor that a call of each racer takes, round by round; in each round they take turns, with `calls` calls
 * each. Not of the clock: on a machine that others use, that of a short racer is whole and that of a long one has their turns in it.
 */
export async function race(racers: readonly Racer[], rounds: number, calls = 1): Promise<number[][]> {
  const times: number[][] = [];
  for (let round = -2; round < rounds; round++) {
    const row: number[] = [];
    for (const { run } of racers) {
      const start = processor();
      for (let call = 0; call < calls; call++) await run();
      row.push((processor() - start) / calls);
    }
    if (round >= 0) times.push(row);
  }
  return times;
}

function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

/** How long one racer takes, as a multiple of another: the median over rounds, each of which has its own weather. */
export const ratio = (times: readonly number[][], a: number, b: number) => median(times.map((row) => row[a] / row[b]));

/** Uniform numbers between 0 and 1, the same in each run. */
export function generator() {
  let state = 20171022;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** A normal number of two uniform ones. */
export const normal = (random: () => number) => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
