/**
 * Draws calls of the whole family over all its parameters and options, and prints what each engine is off by, relative to more than sixty
 * digits, beside what is promised: `npm run truths -w @focal-loss/typed-array -- --seconds 300 --seed 1`.
 *
 * @module
 */
import '../../bench/relaxed.ts';
import { parseArgs } from 'node:util';
import { calls, type Drawn } from './draw.ts';
import { type Finding, FORMATS, findings, PARTS } from './measure.ts';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    threads: { type: 'boolean', default: false },
  },
});

/** A finding and what it is of. */
interface Noted extends Finding {
  readonly call: Drawn;
  readonly number: number;
}

const worst = new Map<string, Noted>();
let [count, faults] = [0, 0];
const end = process.cpuUsage().user / 1e6 + Number(args.seconds);
const shown = ({ spec, input, dtype, targets, options: { weights } }: Drawn) =>
  JSON.stringify({
    ...spec,
    ...input,
    dtype,
    targetsIn: targets.constructor.name,
    weightsIn: weights?.constructor.name,
  }).slice(0, 1500);

for (const call of calls(Number(args.seed), args.only)) {
  if (process.cpuUsage().user / 1e6 > end) break;
  const number = count++;
  try {
    for await (const finding of findings(call, args.threads && number % 20 === 0)) note({ ...finding, call, number });
  } catch (error) {
    // Of so small a γ not even decimal.js has digits enough.
    if (String(error).includes('Precision limit')) continue;
    console.log(`call ${number} throws ${(error as Error).stack}\n  ${shown(call)}`);
    faults++;
  }
}

function note(noted: Noted): void {
  const { engine, part, error, call, text } = noted;
  const promised = call.promised ? '' : ' beyond';
  const key = [call.factory, `${call.dtype}${promised}`, engine, part].join('\t');
  const limit = call.promised ? FORMATS[call.dtype].promise : Number.MAX_VALUE;
  const isNew = !(error <= (worst.get(key)?.error ?? -1));
  if (isNew) worst.set(key, noted);
  if (error <= limit) return;
  faults++;
  if (isNew)
    console.log(
      `call ${noted.number}: ${key.replaceAll('\t', ' ')} off by ${error.toExponential(2)}: ${text}\n  ${shown(call)}`,
    );
}

console.log(`${count} calls, ${faults} results beyond what is promised (1e-6, in float64 1e-14)`);
const rows = new Map<string, string[]>();
for (const [key, { error }] of worst) {
  const [factory, dtype, engine, part] = key.split('\t');
  const row = rows.get([factory, dtype, engine].join(' ')) ?? PARTS.map(() => '-');
  row[PARTS.indexOf(part as (typeof PARTS)[number])] = error.toExponential(1);
  rows.set([factory, dtype, engine].join(' '), row);
}
console.log(`\n${'member, format, engine'.padEnd(52)}${PARTS.map((part) => part.padStart(10)).join('')}`);
for (const [row, cells] of [...rows].sort())
  console.log(row.padEnd(52) + cells.map((cell) => cell.padStart(10)).join(''));
