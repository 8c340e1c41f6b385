import { noChromium, openModule } from '@focal-loss/testing';
import { expect, it } from 'vitest';

const missing = await noChromium();

it.skipIf(missing)(
  `takes TensorFlow.js's tensors where they lie, and gives it a gradient${missing ? `: not run: ${missing}` : ''}`,
  async (context) => {
    const { call, close } = await openModule(new URL('page/tfjs.ts', import.meta.url));
    try {
      const errors = await call<{ value: number; grad: number } | null>('zeroCopy');
      if (errors === null) return context.skip('not run: no WebGPU adapter');
      expect(errors.value).toBeLessThan(2e-6);
      expect(errors.grad).toBeLessThan(2e-6);
    } finally {
      await close();
    }
  },
);
