/**
 * The plain build as a list of edits of the relaxed one: each relaxed operation becomes the plain ones it stands for. Two whole builds
 * would be two thirds of the package.
 */

/** At `at`, `remove` bytes become those of `insert`. */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly number[];
}

const V128 = 0x7b;
const [MUL, ADD] = [
  [0xfd, 0xe6, 0x01],
  [0xfd, 0xe4, 0x01],
];

/**
 * @param relaxed A module without imported functions whose relaxed operations are `f32x4.relaxed_madd`.
 * @param standIn The same with `f32x4.relaxed_nmadd` in their place, whose second byte of three differs: where the two differ is where they are.
 * @returns In the order of their places.
 */
export function plainEdits(relaxed: Uint8Array, standIn: Uint8Array): Edit[] {
  if (relaxed.length !== standIn.length) throw new Error(`Builds of ${relaxed.length} and ${standIn.length} bytes`);
  const reader = new Reader(relaxed);
  const edits: Edit[] = [];
  const params: number[] = [];
  let types: number[] = [];
  for (reader.at = 8; reader.at < relaxed.length; ) {
    const id = reader.byte();
    const size = reader.sized();
    const end = reader.at + size.value;
    if (id === 1) types = reader.list(() => reader.functionType());
    if (id === 3) params.push(...reader.list(() => types[reader.number()]));
    if (id === 10) {
      const bodies = reader.list((i) => body(reader, standIn, params[i])).flat();
      edits.push(resized(size, bodies), ...bodies);
    }
    reader.at = end;
  }
  return edits;
}

/** The edits of one function: its size, one more local, and each operation. */
function body(reader: Reader, standIn: Uint8Array, params: number): Edit[] {
  const { bytes } = reader;
  const size = reader.sized();
  const end = reader.at + size.value;
  const groups = reader.sized();
  let local = params;
  for (let i = 0; i < groups.value; i++) {
    local += reader.number();
    reader.byte();
  }
  const declared = reader.at;
  const places: number[] = [];
  for (let at = declared; at < end; at++) if (bytes[at] !== standIn[at]) places.push(at);
  reader.at = end;

  // Of a, b and c on the stack, c steps aside.
  const madd = [0x21, ...leb(local), ...MUL, 0x20, ...leb(local), ...ADD];
  const operations = places.map((at) => ({
    at: at - 1,
    remove: 3,
    insert: madd,
  }));
  if (operations.length === 0) return [];
  const edits = [
    { at: groups.at, remove: groups.length, insert: leb(groups.value + 1) },
    { at: declared, remove: 0, insert: [1, V128] },
    ...operations,
  ];
  return [resized(size, edits), ...edits];
}

/** What says how many bytes follow, once `edits` are made among them. */
function resized({ at, length, value }: Sized, edits: readonly Edit[]): Edit {
  const grown = edits.reduce((sum, { remove, insert }) => sum + insert.length - remove, value);
  return { at, remove: length, insert: leb(grown) };
}

/** A number with the bytes it takes. */
interface Sized {
  readonly at: number;
  readonly length: number;
  readonly value: number;
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
}

class Reader {
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  sized(): Sized {
    const { at } = this;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return { at, length: this.at - at, value };
    }
  }

  number(): number {
    return this.sized().value;
  }

  list<T>(read: (i: number) => T): T[] {
    return Array.from({ length: this.number() }, (_, i) => read(i));
  }

  /** Returns how many parameters it has. */
  functionType(): number {
    this.byte();
    const params = this.list(() => this.byte());
    this.list(() => this.byte());
    return params.length;
  }
}

/** The edits as text: each kind once, and for each edit, in hexadecimal, the distance from the one before and its kind. */
export function encoded(edits: readonly Edit[]): { kinds: string[]; places: string } {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const kinds: string[] = [];
  let end = 0;
  const places = edits.map(({ at, remove, insert }) => {
    const kind = `${remove}${insert.map((byte) => hex(byte, 2)).join('')}`;
    if (!kinds.includes(kind)) kinds.push(kind);
    const gap = at - end;
    end = at + remove;
    if (gap > 0xffff || kinds.length > 256) throw new Error(`${gap} bytes, ${kinds.length} kinds`);
    return hex(gap, 4) + hex(kinds.indexOf(kind), 2);
  });
  return { kinds, places: places.join('') };
}
