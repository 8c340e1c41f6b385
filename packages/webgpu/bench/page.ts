/** What runs in the browser: called from main.ts. */
import { type Racer, timed } from './data.ts';
import { bandwidth, nameOf, openDevice, ours } from './ours.ts';
import { jax, tfjs } from './rivals.ts';

let device: GPUDevice | undefined;

/** Opens the adapter all rivals run on. */
export async function open(): Promise<{ adapter: string; software: boolean } | null> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  device = await openDevice(adapter);
  return { adapter: nameOf(adapter.info), software: adapter.info.isFallbackAdapter };
}

const makers: Readonly<Record<string, (n: number) => Promise<Racer>>> = {
  webgpu: (n) => ours(device as GPUDevice, n),
  tfjs,
  jax,
};

const racers = new Map<string, Racer>();

/** Gets a rival ready, and tells how far its gradient is from the fused kernel's at most, among all of |gradient| ≤ 1. */
export async function enter(name: string, n: number): Promise<number> {
  const racer = await makers[name](n);
  racers.set(name, racer);
  await racer.run();
  const [first, own] = [await racers.get('webgpu')?.grad(), await racer.grad()];
  return Math.max(...Array.from({ length: 4096 }, (_, i) => Math.abs((first?.[i] ?? 0) - own[i])));
}

export const race = (name: string, turns: number) => timed(racers.get(name) as Racer, turns);

export function leave(): void {
  for (const racer of racers.values()) racer.end();
  racers.clear();
}

export const speeds = (n: number) => bandwidth(device as GPUDevice, n);
