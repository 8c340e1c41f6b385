import { plainEdits, relaxed, sharedAt } from '../wasm.generated.ts';

const bytesOf = (hex: string) =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/** A build of the kernels. */
export type Build = 'relaxed-simd' | 'simd';

/** The builds of the kernels, the fastest first, for a memory that is shared or not. */
export const modules: Readonly<Record<Build, (shared: boolean) => ReturnType<Uint8ArrayConstructor['of']>>> = {
  'relaxed-simd': (shared) => relaxedFor(shared),
  simd: (shared) => plain(relaxedFor(shared)),
};

/** One module serves both: the memory is not its own, and that it may be shared stands in one byte. */
function relaxedFor(shared: boolean) {
  const bytes = bytesOf(relaxed);
  if (shared) bytes[sharedAt] = 3;
  return bytes;
}

/** The module with each relaxed operation replaced by those it stands for. See scripts/simd-plain.ts. */
function plain(bytes: Uint8Array) {
  const { kinds, places } = plainEdits;
  const made: number[] = [];
  let at = 0;
  for (let i = 0; i < places.length; i += 6) {
    const kind = kinds[Number.parseInt(places.slice(i + 4, i + 6), 16)];
    const next = at + Number.parseInt(places.slice(i, i + 4), 16);
    made.push(...bytes.subarray(at, next), ...bytesOf(kind.slice(1)));
    at = next + Number(kind[0]);
  }
  return Uint8Array.from([...made, ...bytes.subarray(at)]);
}
