/**
 * Scores many files of logits: for each its focal loss and its hardest rows, as JSON lines. As many processes as asked for share
 * the files, each with a session of its own. Killed at any moment and started again with the same words, it goes on where it was:
 * no row is lost, and none is there twice.
 *
 *     npm run scale -w @focal-loss/docs -- --out scores.jsonl [--processes 2] [--loss '{"loss":"softmaxFocal"}'] [--top 10] FOLDER
 *
 * FOLDER has `NAME.npy`, float32 logits [rows, classes], and beside each `NAME.labels.npy`, an int64 class index a row.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lossFrom } from '@focal-loss/core';
import { buildModel } from '@focal-loss/onnxruntime';
import { progress } from './progress.ts';
import { finish, lock, partOf, partsOf, rowsOf, writers } from './rows.ts';
import type { Answer, Task } from './worker.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    loss: { type: 'string', default: '{"loss":"softmaxFocal","gamma":2}' },
    top: { type: 'string', default: '10' },
  },
});
const fail = (why: string): never => {
  console.error(why);
  process.exit(2);
};
const folder = resolve(positionals[0] ?? fail('which folder? Its .npy files are scored'));
const out = resolve(values.out ?? fail('--out FILE: where do the rows go?'));
const count = Number(values.processes);
if (!(Number.isInteger(count) && count > 0)) fail(`--processes takes a whole number > 0, not ${values.processes}`);

const ids = readdirSync(folder)
  .filter((name) => name.endsWith('.npy') && !name.endsWith('.labels.npy'))
  .map((name) => join(folder, name))
  .sort();
if (existsSync(out)) fail(`${out} is there already, and whole`);

// Processes of a run that was killed write the row they are at, and go.
for (let waited = 0; writers(out).length > 0; waited++) {
  if (waited === 100) fail(`processes ${writers(out)} are writing ${out}`);
  await new Promise((done) => setTimeout(done, 100));
}
const done = new Set(
  partsOf(out)
    .flatMap(rowsOf)
    .map(({ id }) => id),
);
const waiting = ids.filter((id) => !done.has(id));
console.error(`${ids.length} files, ${done.size} of them scored before`);

const loss = lossFrom(JSON.parse(values.loss));
if (loss.targets !== 'class' || loss.reduction !== 'mean') fail('--loss takes a loss of classes, reduced to the mean');
const model = join(mkdtempSync(join(tmpdir(), 'focal-scale-')), 'loss.onnx');
writeFileSync(model, buildModel(loss, { topK: Number(values.top) }));

const failures = new Map<string, string>();
/** Files whose process ended while it was at them. */
const again = new Set<string>();
const tell = progress(ids.length, done.size);
const running = new Map<number, ChildProcess>();
const pids = () => [process.pid, ...Array.from(running.values(), ({ pid }) => pid ?? 0)];

/** Starts a process, which takes one file after the other until none is left. One that dies is replaced; its file is taken up again. */
function start(number: number): Promise<void> {
  const child = fork(new URL('./worker.ts', import.meta.url));
  running.set(number, child);
  lock(out, pids());
  let at: string | undefined;
  return new Promise((resolve, reject) => {
    child.on('message', (answer: Answer) => {
      if ('id' in answer) {
        at = undefined;
        if (answer.failed === undefined) done.add(answer.id);
        else failures.set(answer.id, answer.failed);
        tell(done.size + failures.size);
      }
      at = waiting.shift();
      if (at === undefined) child.disconnect();
      else child.send(at);
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      running.delete(number);
      if (at === undefined) return code === 0 ? resolve() : reject(new Error(`a process ended by itself: ${code}`));
      const written = existsSync(partOf(out, number)) && rowsOf(partOf(out, number)).some(({ id }) => id === at);
      if (written) done.add(at);
      // Twice is its own fault, not that of whoever killed the process.
      else if (again.has(at)) failures.set(at, 'the process that scored it ended, twice');
      else waiting.unshift(at);
      again.add(at);
      start(number).then(resolve, reject);
    });
    child.send({ model, part: partOf(out, number) } satisfies Task);
  });
}

await Promise.all(Array.from({ length: Math.max(1, Math.min(count, waiting.length)) }, (_, i) => start(i)));
lock(out, []);
rmSync(model);
for (const [id, why] of failures) console.error(`${id}: ${why}`);
if (failures.size > 0) fail(`${failures.size} files have no row; run it again when they are mended`);
finish(out, ids);
