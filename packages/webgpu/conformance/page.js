import { backend } from './backend.js';

const getGpu = () => globalThis.navigator.gpu;

export default [backend('float32', getGpu), backend('float16', getGpu)];
