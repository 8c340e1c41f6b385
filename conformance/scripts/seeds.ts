/**
 * Whether a backend that is right is right with any seed: draws the random calls anew with many of them, and tells what failed. What
 * it names is a fault of the backend or a false alarm of the suite, and either is to be mended.
 *
 *     npm run seeds -w @focal-loss/conformance -- packages/tfjs/conformance.js --backend cpu --seeds 20
 *     npm run seeds -w @focal-loss/conformance -- --exec "python3 peers/numpy_textbook.py"
 *
 * One process for all: what is compiled stays compiled, and a seed takes a fraction of the seconds of the first.
 */
import { parseArgs } from 'node:util';
import { backendsOf } from '../src/cli/discover.ts';
import { processBackend } from '../src/cli/process.ts';
import { conformanceReport, loadVectors, type Report } from '../src/index.ts';
import type { AnyBackend } from '../src/remote.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    exec: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', default: '' },
    seeds: { type: 'string', default: '20' },
    first: { type: 'string', default: '1' },
    clause: { type: 'string', multiple: true, default: ['random*', 'hess', 'posterior'] },
    timeout: { type: 'string', default: '600' },
  },
});

/** Names of files are those of whoever typed them, and npm runs this in the folder of the package. */
process.chdir(process.env.INIT_CWD ?? '.');
const vectors = await loadVectors();

async function backendsFor(): Promise<AnyBackend[]> {
  const ofFiles = await Promise.all(positionals.map(backendsOf));
  const ofCommands = await Promise.all(values.exec.map(processBackend));
  return [...ofFiles.flat(), ...ofCommands].filter(({ name }) => name.includes(values.backend));
}

const largest = ({ clauses }: Report) =>
  Math.max(0, ...clauses.flatMap(({ worst }) => Object.values(worst).map(({ error }) => error)));

/** All seeds of one backend, which is closed after the last. */
async function drawnAnew(
  backend: AnyBackend,
): Promise<{ runs: number; checks: number; failed: number; worst: number }> {
  const sum = { runs: 0, checks: 0, failed: 0, worst: 0 };
  const { close, ...open } = 'run' in backend ? { ...backend, close: undefined } : backend;
  for (let seed = Number(values.first); sum.runs < Number(values.seeds); seed++) {
    const options = { seed, clauses: values.clause, timeout: 1000 * Number(values.timeout), vectors };
    const report = await conformanceReport(open as AnyBackend, options);
    sum.runs += 1;
    sum.checks += report.checks;
    sum.failed += report.failed;
    sum.worst = Math.max(sum.worst, largest(report));
    for (const { id, messages, off } of report.failures) {
      const parts = Object.entries(off).filter(([, count]) => count > 0);
      console.log(`seed ${seed} ${backend.name} ${id}: ${parts.map((one) => one.join(' '))} ${messages.join('; ')}`);
    }
    if (report.reason !== undefined) return { ...sum, runs: 0 };
  }
  await close?.();
  return sum;
}

let failed = 0;
for (const backend of await backendsFor()) {
  const before = process.cpuUsage();
  const sum = await drawnAnew(backend);
  const { user, system } = process.cpuUsage(before);
  const perSeed = ((user + system) / 1e6 / Math.max(1, sum.runs)).toFixed(1);
  failed += sum.failed;
  console.log(
    `${backend.name}: ${sum.runs} seeds, ${sum.checks} checks, ${sum.failed} failed, worst ${sum.worst.toExponential(1)}, ${perSeed} s of processor time each`,
  );
}
process.exit(failed > 0 ? 1 : 0);
