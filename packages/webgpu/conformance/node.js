import { backend } from './backend.js';

/** Dawn, from npm. What it makes lives as long as the object does that `create` returns. */
const getGpu = async () => {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  globalThis.dawn = create([]);
  return globalThis.dawn;
};

export default [
  backend('float32', getGpu, { subgroups: true }),
  backend('float16', getGpu, { subgroups: true, largest: 2 ** 18 }),
];
