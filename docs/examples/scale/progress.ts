/** A bar on a terminal; elsewhere a line for each tenth. */
export function progress(all: number, before: number, to: NodeJS.WriteStream = process.stderr) {
  const start = performance.now();
  let told = -1;
  return (done: number) => {
    const seconds = (performance.now() - start) / 1000;
    const rate = (done - before) / Math.max(seconds, 1e-3);
    const left = rate > 0 ? Math.ceil((all - done) / rate) : undefined;
    const share = all === 0 ? 1 : done / all;
    const says = `${done} of ${all} files, ${rate.toFixed(1)} a second${left === undefined ? '' : `, ${left} s left`}`;
    if (to.isTTY) {
      const full = Math.floor(30 * share);
      to.write(`\r[${'#'.repeat(full)}${'.'.repeat(30 - full)}] ${says}\x1b[K${done === all ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(10 * share);
    if (tenth !== told) to.write(`${says}\n`);
    told = tenth;
  };
}
