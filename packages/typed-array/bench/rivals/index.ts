import { fused } from './fused.ts';
import { naive } from './naive.ts';
import { ours, ownMember, placed, pooled } from './ours.ts';
import type { Absent, Rival } from './rival.ts';
import { torch } from './torch.ts';

/** Who can race here and who cannot, in the order of the table, which begins with the best of ours. */
export async function rivals(): Promise<{ present: Rival[]; absent: Absent[] }> {
  const everyone = [
    ...ours,
    placed,
    pooled(false),
    pooled(true),
    ownMember,
    fused,
    naive,
    await optional('jax-js wasm, jit', async () => (await import('./jax.ts')).jax),
    await optional('onnxruntime cpu', async () => (await import('./onnx.ts')).onnx),
    await optional('tfjs wasm', async () => (await import('./tfjs.ts')).tfjs('wasm')),
    await optional('tfjs cpu', async () => (await import('./tfjs.ts')).tfjs('cpu')),
    ...(await torch()),
  ];
  const isAbsent = (rival: Rival | Absent): rival is Absent => 'reason' in rival;
  return { present: everyone.filter((rival): rival is Rival => !isAbsent(rival)), absent: everyone.filter(isAbsent) };
}

/** A library that does not load on this platform is no reason not to measure the others. */
async function optional(name: string, load: () => Promise<Rival>): Promise<Rival | Absent> {
  try {
    return await load();
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message.split('\n')[0] : String(error) };
  }
}
