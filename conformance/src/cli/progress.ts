import type { Backend } from '../backend.ts';
import type { RunEvent } from '../events.ts';

/** Shows how far a run is on one line that is rewritten; shows nothing where lines cannot be. */
export class Progress {
  private readonly stream: NodeJS.WriteStream | undefined;
  private readonly left: number;
  private name = '';
  private shown = 0;

  /** @param left How many backends are left, this one included. */
  constructor(stream: NodeJS.WriteStream, quiet: boolean, left: number) {
    this.left = left;
    this.stream = stream.isTTY && !quiet ? stream : undefined;
  }

  /** Follows a run. */
  on(event: RunEvent): void {
    if (event.type === 'start') this.name = nameOf(event.backend);
    if (event.type === 'end') this.clear();
    const now = performance.now();
    if (event.type !== 'check' || this.stream === undefined || now - this.shown < 50) return;
    this.shown = now;
    const { result, done, total } = event;
    const more = this.left > 1 ? `  (${this.left - 1} more backends)` : '';
    const line = `${this.name}  ${done}/${total}${more}  ${result.clause}`;
    this.stream.write(`\r\x1b[2K${line.slice(0, (this.stream.columns || 80) - 1)}`);
  }

  /** Takes the line away. */
  clear(): void {
    this.stream?.write('\r\x1b[2K');
  }
}

const nameOf = ({ name, dtype }: Pick<Backend, 'name' | 'dtype'>) =>
  name.includes(dtype) ? name : `${name} (${dtype})`;
