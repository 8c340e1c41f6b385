import { priorBias, reference, sigmoidCrossEntropy, sigmoidFocal, softmaxPriorBias } from '@focal-loss/core';
import { rows } from '../../examples/real-input/shares.ts';
import { table } from '../../readme/table.ts';

/** What focal loss does to a real detector's logits. */
export const realInput = (): string => table(rows);

/** The bias for some priors, and what a new detector's first loss is with it. */
export const biases = (): string =>
  table(
    [0.5, 0.1, 0.01, 0.001].map((pi) => ({
      π: String(pi),
      '`priorBias(π)`': priorBias(pi).toFixed(4),
      '`softmaxPriorBias(π, 80)`': softmaxPriorBias(pi, 80).toFixed(4),
    })),
  );

/** The first loss of a new detector on 100,000 anchors, 100 of them positives, and who takes its gradient. */
export function firstLoss(): string {
  const [anchors, positives] = [100_000, 100];
  const targets = Uint8Array.from({ length: anchors }, (_, i) => Number(i < positives));
  const losses = {
    'cross-entropy': sigmoidCrossEntropy({ normalizer: 'positives' }),
    'focal, γ = 2, α = 0.25': sigmoidFocal({ gamma: 2, alpha: 0.25, normalizer: 'positives' }),
  };
  return table(
    Object.entries(losses).map(([name, loss]) => ({
      'first loss, divided by the positives': name,
      ...Object.fromEntries(
        [0.5, 0.01].flatMap((pi) => {
          const logits = new Float64Array(anchors).fill(priorBias(pi));
          const { value, grad } = reference(loss).valueAndGrad(logits, targets);
          const size = (slopes: Float64Array) => slopes.reduce((sum, slope) => sum + Math.abs(slope), 0);
          const ofNegatives = (100 * size(grad.subarray(positives))) / size(grad);
          return [
            [`π = ${pi}`, (value as number).toFixed(3)],
            [`gradient of the negatives, π = ${pi}`, `${ofNegatives.toFixed(1)} %`],
          ];
        }),
      ),
    })),
  );
}
