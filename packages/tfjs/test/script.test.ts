/** A page without modules: two script tags, and a loss in every backend that TensorFlow.js's own script brings. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { factories, reference, sigmoidFocal } from '@focal-loss/core';
import { launchChromium, serve } from '@focal-loss/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = new URL('../dist/focal-loss.min.js', import.meta.url);

/** What the README shows, and a function that calls its loss. */
const [, shown] = /```html\n([\s\S]*?)```/.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8')) ?? [];
const page = `<!doctype html><link rel="icon" href="data:,">${shown.replaceAll('src="node_modules/', 'src="/files/node_modules/')}
<script>
  async function run(backend) {
    await tf.setBackend(backend);
    const { value, grad } = tf.valueAndGrad((x) => loss(tf.tensor1d([1, 0, 1]), x))(tf.tensor1d([2, -1, 0.5]));
    return [(await value.data())[0], ...(await grad.data())];
  }
</script>`;

it('is small, and has every factory', () => {
  const text = readFileSync(script);
  expect(gzipSync(text, { level: 9 }).length / 1000).toBeLessThan(90);
  const global = runInThisContext(`(tf) => { ${text}; return focalLoss; }`)(tf);
  expect(Object.keys(global)).toEqual(expect.arrayContaining([...Object.keys(factories), 'compile', 'posterior']));
});

it('computes value and gradient on cpu and webgl in a browser', async (context) => {
  const browser = await launchChromium().catch(({ message }: Error) => context.skip(`not run, no browser: ${message}`));
  const server = await serve({ files: new Map([['index.html', page]]), root });
  try {
    const tab = await browser.newPage();
    await tab.goto(server.url);
    const truth = reference(sigmoidFocal({ gamma: 2 })).valueAndGrad([2, -1, 0.5], [1, 0, 1]);
    for (const backend of ['cpu', 'webgl']) {
      const [value, ...grad] = (await tab.evaluate(`run('${backend}')`)) as number[];
      expect(value / (truth.value as number)).toBeCloseTo(1, 5);
      for (const [i, slope] of grad.entries()) expect(slope / truth.grad[i]).toBeCloseTo(1, 5);
    }
  } finally {
    await browser.close();
    await server.close();
  }
});
