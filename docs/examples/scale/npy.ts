import { readFileSync } from 'node:fs';

/** The numbers of a `.npy` file, and their sizes. */
export interface Numbers {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

const formats = {
  '<f4': (bytes: ArrayBuffer) => new Float32Array(bytes),
  '<i8': (bytes: ArrayBuffer) => new BigInt64Array(bytes),
};

/**
 * Reads what `numpy.save` writes: float32 or int64, rows one after the other.
 *
 * @throws Error naming the file, and what it has that is not read here.
 */
export function readNpy(file: string): Numbers {
  const bytes = readFileSync(file);
  const wrong = (what: string) => new Error(`${file}: ${what}`);
  if (bytes.subarray(0, 6).toString('latin1') !== '\x93NUMPY') throw wrong('is no .npy file');
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.subarray(start, end).toString('latin1');
  const [, type] = /'descr': '([^']*)'/.exec(header) ?? [];
  const [, sizes] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  if (type !== '<f4' && type !== '<i8') throw wrong(`has numbers of type ${type}; float32 and int64 are read`);
  if (!header.includes("'fortran_order': False")) throw wrong('is not in C order');
  const shape = (sizes ?? '').split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  const content = Uint8Array.prototype.slice.call(bytes, end).buffer as ArrayBuffer;
  const size = shape.reduce((all, one) => all * one, type === '<f4' ? 4 : 8);
  if (content.byteLength !== size) throw wrong(`has ${content.byteLength} bytes of numbers, not ${size}`);
  return { data: formats[type](content), shape };
}

/** The bytes of such a file. */
export function npy({ data, shape }: Numbers): Uint8Array {
  const type = data instanceof Float32Array ? '<f4' : '<i8';
  const sizes = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${sizes}, }`;
  // Numbers begin at a multiple of 64, behind a line's end.
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00..${header}`, 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
