/** The fused kernel on Dawn in Node.js, in a process of its own: started by main.ts. */
import { create, globals } from 'webgpu';
import { median, timed } from './data.ts';
import { bandwidth, nameOf, openDevice, ours } from './ours.ts';

// Kept: what Dawn makes lives as long as this does.
const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const adapter = await gpu.requestAdapter();
if (!adapter) console.log('not run: no WebGPU adapter');
else {
  const device = await openDevice(adapter);
  const software = adapter.info.isFallbackAdapter;
  console.log(`adapter: ${nameOf(adapter.info)}`);
  for (const n of process.argv.slice(2).map(Number)) {
    const racer = await ours(device, n);
    const { times } = await timed(racer, 7);
    console.log(`  2^${Math.log2(n)} elements: ${((median(times) * 1e6) / n).toPrecision(3)} ns an element`);
    racer.end();
  }
  if (software) console.log('  share of copy bandwidth: not run: software adapter');
  else {
    const { kernel, copy } = await bandwidth(device, 2 ** 26);
    console.log(
      `  share of copy bandwidth at 2^26: ${Math.round((100 * kernel) / copy)} % of ${(copy / 1e9).toFixed(0)} GB/s`,
    );
  }
  device.destroy();
}
process.exit(0);
