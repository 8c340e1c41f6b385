import { expect } from 'vitest';

/** As `toEqual`, which takes a tenth of a second for each array of a block. */
export function expectSame(got: unknown, want: unknown, text?: string): void {
  const plain = (result: unknown): unknown =>
    ArrayBuffer.isView(result)
      ? [result.constructor.name, Buffer.from(result.buffer, result.byteOffset, result.byteLength).toString('base64')]
      : Object.entries(result as object).map(([name, part]) => [name, typeof part === 'object' ? plain(part) : part]);
  expect(JSON.stringify(plain(got)) === JSON.stringify(plain(want)), text).toBe(true);
}
