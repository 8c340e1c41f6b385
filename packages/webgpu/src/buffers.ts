/** The flags of `GPUBufferUsage`, which Node.js programs may have under another name. */
export const USAGE = {
  MAP_READ: 1,
  MAP_WRITE: 2,
  COPY_SRC: 4,
  COPY_DST: 8,
  INDEX: 16,
  VERTEX: 32,
  UNIFORM: 64,
  STORAGE: 128,
  INDIRECT: 256,
  QUERY_RESOLVE: 512,
} as const;

/** `'STORAGE | COPY_DST'`. */
export const usageNames = (usage: number): string =>
  Object.entries(USAGE)
    .filter(([, flag]) => (usage & flag) !== 0)
    .map(([name]) => name)
    .join(' | ') || 'no usage';

/** The size of a buffer for these bytes and, if it is used again, a few more. */
const roomFor = ({ limits }: GPUDevice, bytes: number): number =>
  Math.min(Math.max(256, 2 ** Math.ceil(Math.log2(bytes))), limits.maxBufferSize);

/** A buffer that holds these numbers from the start. */
export function bufferOf(
  device: GPUDevice,
  label: string,
  usage: number,
  words: Float32Array | Uint32Array<ArrayBuffer>,
): GPUBuffer {
  const buffer = device.createBuffer({ label, size: words.byteLength, usage, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).set(new Uint32Array(words.buffer));
  buffer.unmap();
  return buffer;
}

/** Buffers by a key, until all are given back. */
class KeyedBuffers {
  protected readonly device: GPUDevice;
  protected readonly buffers = new Map<string, GPUBuffer>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get count(): number {
    return this.buffers.size;
  }

  clear(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
    this.buffers.clear();
  }
}

/** Buffers under names, each as large as it ever had to be. All of a device's losses share them. */
export class NamedBuffers extends KeyedBuffers {
  private readonly usage: number;
  private readonly outgrown: 'destroy' | 'drop';
  /** How often a buffer was too small: what is kept beside these buffers is up to date as long as this does not change. */
  changes = 0;

  /**
   * @param outgrown What becomes of a buffer that was too small: `'drop'` leaves it to the garbage collector, because
   *   a command buffer not yet submitted may name it.
   */
  constructor(device: GPUDevice, usage: number, outgrown: 'destroy' | 'drop') {
    super(device);
    this.usage = usage;
    this.outgrown = outgrown;
  }

  /** The buffer of that name, at least `bytes` long. What was in it may be lost. */
  get(name: string, bytes: number): GPUBuffer {
    const known = this.buffers.get(name);
    if (known !== undefined && known.size >= bytes) return known;
    if (known !== undefined) this.changes++;
    if (this.outgrown === 'destroy') known?.destroy();
    const size = roomFor(this.device, bytes);
    const buffer = this.device.createBuffer({ label: `focal-loss ${name}`, size, usage: this.usage });
    this.buffers.set(name, buffer);
    return buffer;
  }
}

/** Uniform blocks, found by what is in them. They are never written again, so any number of command buffers may name one. */
export class UniformBlocks extends KeyedBuffers {
  get(words: Uint32Array<ArrayBuffer>): GPUBuffer {
    const key = words.join();
    const known = this.buffers.get(key);
    this.buffers.delete(key);
    const buffer = known ?? bufferOf(this.device, 'focal-loss call', USAGE.UNIFORM, words);
    this.buffers.set(key, buffer);
    // The one not used for longest is dropped, not destroyed: a command buffer may still name it.
    const [oldest] = this.buffers.keys();
    if (this.buffers.size > 256) this.buffers.delete(oldest);
    return buffer;
  }
}

/** Buffers that results are read back through, one to each call in flight, and a few that wait for the next. */
export class ReadbackBuffers {
  private readonly device: GPUDevice;
  private readonly idle: GPUBuffer[] = [];
  private used = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get count(): number {
    return this.used + this.idle.length;
  }

  take(bytes: number): GPUBuffer {
    this.used++;
    const fitting = this.idle.findIndex(({ size }) => size >= bytes && size <= 4 * Math.max(bytes, 256));
    if (fitting >= 0) return this.idle.splice(fitting, 1)[0];
    const size = roomFor(this.device, bytes);
    return this.device.createBuffer({ label: 'focal-loss results', size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  }

  /** @param reusable `false` after a failure, when nobody knows what state the buffer is in. */
  giveBack(buffer: GPUBuffer, reusable: boolean): void {
    this.used--;
    if (reusable) this.idle.push(buffer);
    else buffer.destroy();
    while (this.idle.length > 4) this.idle.shift()?.destroy();
  }

  clear(): void {
    for (const buffer of this.idle.splice(0)) buffer.destroy();
  }
}
