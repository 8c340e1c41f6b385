/** A bar on a terminal, and a line now and then elsewhere. */
export function progress(total: number) {
  const start = performance.now();
  let done = 0;
  let shown = -1;
  const out = process.stderr;
  return {
    step(label: string): void {
      done++;
      const percent = Math.floor((100 * done) / total);
      if (percent === shown || (!out.isTTY && percent % 10 !== 0)) return;
      shown = percent;
      const left = ((performance.now() - start) / 1000 / done) * (total - done);
      const line = `${'█'.repeat(Math.floor(percent / 4)).padEnd(25, '░')} ${percent} % · ${Math.ceil(left)} s left · ${label}`;
      out.write(out.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end(): void {
      out.write(out.isTTY ? '\r\u001b[K' : '');
    },
  };
}
