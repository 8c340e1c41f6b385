// What `focal-conformance --all` runs for this package: both kinds of storage, on Dawn in Node.js and in a browser.
import { inChromium, inNode } from '@focal-loss/testing';

const node = new URL('conformance/node.js', import.meta.url);
const page = new URL('conformance/page.js', import.meta.url);
const device = 'gpu';

export default [
  inNode(node, { name: 'webgpu float32', dtype: 'float32', device }),
  inNode(node, { name: 'webgpu float16', dtype: 'float16', device }),
  inChromium(page, { name: 'webgpu float32', dtype: 'float32', device }),
  inChromium(page, { name: 'webgpu float16', dtype: 'float16', device }),
];
