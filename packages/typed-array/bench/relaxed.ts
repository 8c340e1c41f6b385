/**
 * Node.js 20 has relaxed SIMD behind a flag. Imported before anything compiles WebAssembly, so that its rows are
 * measured there too.
 */
import { setFlagsFromString } from 'node:v8';

if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
