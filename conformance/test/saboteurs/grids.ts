/**
 * Right where everybody looks: at round sizes, at the beginning of a buffer, at the usual parameters.
 *
 * @module
 */
import type { Call, Numbers } from '../../src/index.ts';
import { everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

const isSigmoid = ({ loss }: Call) => loss.link === 'sigmoid';

/** The array that begins where the buffer does. */
const fromStart = <A extends Numbers>(numbers: A): A =>
  new (numbers.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => A)(
    numbers.buffer,
    0,
    numbers.length,
  );

export const gridSaboteurs: readonly Open[] = [
  saboteur(
    'logits read from the start of their buffer',
    ['random.options'],
    withCall(({ logits }) => ({ logits: fromStart(logits) })),
    has,
  ),
  saboteur(
    'between 1000 and 1100 entries the last is left out of sums',
    ['random.sizes'],
    (call) => {
      const { loss, targets } = call;
      const n = targets.length;
      const answer = evaluate(call);
      if (!isSigmoid(call) || n < 1000 || n > 1100 || typeof answer.value !== 'number' || loss.reduction !== 'sum')
        return answer;
      const { value } = evaluate({ ...call, loss: { ...loss, reduction: 'none' } });
      return { ...answer, value: answer.value - (value as Float64Array)[n - 1] };
    },
    has,
  ),
  saboteur(
    'weights of more than 2048 entries read modulo 2048',
    ['random.sizes'],
    withCall(({ weights }) =>
      weights && weights.length > 2048 ? { weights: weights.map((_, i) => weights[i % 2048]) } : {},
    ),
    has,
  ),
  saboteur(
    'α of more than 16 classes read modulo 16',
    ['random.sizes'],
    withLoss(({ link, alpha }) =>
      link === 'sigmoid' && typeof alpha === 'object' ? { alpha: alpha.map((_, i) => alpha[i % 16]) } : {},
    ),
    has,
  ),
  saboteur(
    'an ε or a floor of 0 taken for none given',
    ['random.options'],
    withLoss(({ key, params }) =>
      key === 'poly' && params.epsilon === 0 ? { params: { ...params, epsilon: 1 } } : {},
    ),
    has,
  ),
  saboteur(
    'label smoothing above 0.4 clipped',
    ['random.options'],
    withLoss(({ labelSmoothing }) => ({ labelSmoothing: Math.min(labelSmoothing, 0.4) })),
    has,
  ),
  saboteur(
    'the posterior of rows from the 64th on is 0',
    ['posterior'],
    afterwards((answer, { loss, shape }) => {
      const classes = loss.link === 'softmax' ? shape[shape.length - 1] : 1;
      const { posterior } = answer;
      return posterior ? { posterior: Array.from(posterior, (p, i) => (i >= 64 * classes ? 0 : p)) } : answer;
    }),
    has,
  ),
];
