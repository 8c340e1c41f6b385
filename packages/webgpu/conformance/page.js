import { backend } from './backend.js';

const getGpu = () => globalThis.navigator.gpu;

export default [backend('float32', getGpu, { largest: 2 ** 18 }), backend('float16', getGpu, { largest: 2 ** 18 })];
