import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Absent, Rival } from './rival.ts';

const SCRIPT = fileURLToPath(new URL('../torch_bench.py', import.meta.url));

/** PyTorch eager and compiled, in one Python process that waits while others are measured. */
export async function torch(): Promise<(Rival | Absent)[]> {
  const names = ['torch eager', 'torch.compile'];
  const child = spawn('python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const started = await once(child, 'spawn').then(
    () => true,
    () => false,
  );
  if (!started) return names.map((name) => ({ name, reason: 'no python3' }));

  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error('torch_bench.py ended early; its last words are above.');
    return JSON.parse(value);
  };
  const { absent: reason } = await answer();
  if (reason !== undefined) return names.map((name) => ({ name, reason }));

  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-bench-'));
  const [logits, targets, grad] = ['logits', 'targets', 'grad'].map((file) => join(folder, file));
  const ask = (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  return names.map((name, compiled) => ({
    name,
    async prepare(scenario, batch) {
      const { rows, classes } = batch;
      writeFileSync(logits, batch.logits);
      writeFileSync(targets, batch.targets);
      const request = { do: 'prepare', as: name, compiled: compiled === 1, rows, classes, logits, targets, grad };
      const { value } = await ask({ ...request, ...scenario });
      return {
        run: () => ({
          value,
          grad: scenario.wantGrad ? new Float32Array(Uint8Array.from(readFileSync(grad)).buffer) : undefined,
        }),
        clock: async (ms) => (await ask({ do: 'clock', as: name, ms })).ms,
        close: () => ask({ do: 'close', as: name }),
      };
    },
    close() {
      child.stdin.end();
      rmSync(folder, { recursive: true, force: true });
    },
  }));
}
