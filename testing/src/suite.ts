import { type Backend, parseVectors, type RunEvent, type RunOptions, runConformance } from '@focal-loss/conformance';

/**
 * Runs the suite for one of the backends a module exports, and hands on its events, without what cannot travel.
 *
 * @param exported The module's default export: a backend or an array of them.
 * @param vectors The golden vectors as JSON texts.
 */
export async function runSuite(
  exported: unknown,
  name: string,
  options: RunOptions,
  vectors: readonly string[],
  emit: (event: RunEvent) => unknown,
): Promise<void> {
  const backend = [exported].flat().find((one) => (one as Backend).name === name) as Backend | undefined;
  if (backend === undefined) throw new Error(`the module exports no backend called ${name}`);
  for await (const event of runConformance(backend, { ...options, vectors: vectors.map(parseVectors) })) {
    await emit(event.type === 'start' ? { ...event, backend: namedOf(backend) } : event);
  }
}

const namedOf = ({ name, dtype, device = 'cpu' }: Backend) => ({ name, dtype, device });
