// What `focal-conformance --all` runs for this package: each dtype on the CPU provider, at the default opset.
import { backend } from './conformance/backend.js';

export default [backend('float32'), backend('float64'), backend('float16')];
