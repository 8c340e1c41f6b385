import { backend } from './backend.js';

const getGpu = () => globalThis.navigator.gpu;

export default [backend('float32', getGpu, 2 ** 18), backend('float16', getGpu, 2 ** 18)];
