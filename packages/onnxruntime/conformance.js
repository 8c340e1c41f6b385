// What `focal-conformance --all` runs for this package: each dtype on the CPU provider, at the default opset.
import { backend } from './conformance/backend.js';

const largest = 2 ** 20;

export default [backend('float32'), backend('float64', { largest }), backend('float16', { largest })];
