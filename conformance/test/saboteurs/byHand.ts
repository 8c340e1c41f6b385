import { reduced } from '../correct/reduced.ts';
import { evaluate } from '../honest.ts';
import type { Evaluate } from './saboteur.ts';

/** Beyond it a loss is continued along its slope, as the reference does. */
const far = 2 ** 500;

/** Focal loss with value and slope written out, in a frame without core. Every other loss is right. */
export function byHand(point: (x: number, y: number, gamma: number) => { value: number; tangent: number }): Evaluate {
  const focal = reduced(({ params }, x, y) => {
    const near = x > far ? far : x < -far ? -far : x;
    const { value, tangent } = point(near, y, params.gamma);
    return [near === x || tangent === 0 ? value : value + tangent * (x - near), tangent];
  });
  return (call) => (call.loss.name === 'sigmoidFocal' ? focal(call) : evaluate(call));
}

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
