import { expect, it } from 'vitest';
import { mine } from '../examples/hard-examples.ts';
import { pictures } from '../examples/pictures.ts';

it('a pretrained detector with a focal loss behind its logits finds what it cannot read', async () => {
  const ranked = await mine(pictures());
  const pale = ['pale', 'nearly invisible'];
  expect(
    ranked
      .slice(0, 2)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(pale.sort());
  expect(ranked[1].loss).toBeGreaterThan(2 * ranked[2].loss);
});
