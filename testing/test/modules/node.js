import { create } from 'webgpu';
import { describeAdapter } from './gpu.js';

console.log(JSON.stringify(await describeAdapter(create([]))));
// Dawn keeps the process alive.
process.exit();
