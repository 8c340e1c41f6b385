/** One row of the table: who, how it was tried, and what came of it. */
export interface Cell {
  readonly group: 'runtime' | 'bundler' | 'package manager' | 'TypeScript';
  readonly name: string;
  readonly tried: string;
  /** Throws what is wrong; says what was found; {@link NotHere} where it cannot be tried. */
  run(): Promise<string>;
}

/** Thrown by what is not at hand on this machine. */
export class NotHere extends Error {}

/** What came of a cell. */
export interface Outcome {
  readonly group: Cell['group'];
  readonly name: string;
  readonly tried: string;
  readonly verdict: 'passes' | 'FAILS' | 'not run';
  readonly says: string;
}

/** Runs a cell; nothing that goes wrong in it is lost. */
export async function outcome({ group, name, tried, run }: Cell): Promise<Outcome> {
  try {
    return { group, name, tried, verdict: 'passes', says: await run() };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return { group, name, tried, verdict: error instanceof NotHere ? 'not run' : 'FAILS', says };
  }
}
