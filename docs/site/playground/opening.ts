/** Adapters, fetched and made ready when they are chosen for the first time. */
import { sigmoidCrossEntropy } from '@focal-loss/core';
import { forget, part } from './part.ts';
import type { Plug, Plugged } from './plug.ts';

const opened = new Map<string, Promise<Plugged>>();

/** Whether an adapter is there, or on its way. */
export const isOpen = (key: string): boolean => opened.has(key);

/** Lets go of an adapter that went wrong, so that it is made anew when it is next opened. */
export const close = (key: string): void => void opened.delete(key);

/** An adapter that has answered once. A failure is not kept: the next time everything is tried anew. */
export function open(key: string): Promise<Plugged> {
  const opening = opened.get(key) ?? ready(key);
  opened.set(key, opening);
  opening.catch(() => opened.delete(key));
  return opening;
}

async function ready(key: string): Promise<Plugged> {
  const { default: plug } = await part<{ default: Plug }>(key);
  try {
    const plugged = await plug();
    // Some fetch their engine only for the first call; what fails of it should fail here.
    await plugged.backend.evaluate({
      loss: sigmoidCrossEntropy({ reduction: 'none' }),
      logits: new (plugged.backend.dtype === 'float64' ? Float64Array : Float32Array)(1),
      targets: new (plugged.backend.dtype === 'float64' ? Float64Array : Float32Array)(1),
      shape: [1],
      wants: ['value', 'grad'],
      grad: true,
    });
    return plugged;
  } catch (error) {
    // An engine that failed once may be broken for good, with the module that holds it.
    forget(key);
    throw error;
  }
}
