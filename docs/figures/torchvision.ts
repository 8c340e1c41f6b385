/** The formula most implementations share, as torchvision composes it, operation by operation in float32. */
import { compare, loadVectors } from '@focal-loss/conformance';

const { fround } = Math;

/** Loss and gradient of one entry; the gradient as automatic differentiation makes it of that formula. */
export function torchvision(logit: number, target: number, gamma: number): { value: number; grad: number } {
  const x = fround(logit);
  const e = fround(Math.exp(-Math.abs(x)));
  const p = fround((x < 0 ? e : 1) / fround(1 + e));
  const ce = fround(fround(Math.max(x, 0) - fround(x * target)) + fround(Math.log1p(e)));
  const q = fround(1 - p);
  const hit = fround(fround(p * target) + fround(q * (1 - target)));
  const miss = fround(1 - hit);
  const modulator = fround(miss ** gamma);
  const slope = fround((1 - 2 * target) * fround(p * q));
  const power = gamma === 0 ? 0 : fround(fround(gamma * fround(miss ** (gamma - 1))) * slope);
  return {
    value: fround(ce * modulator),
    grad: fround(fround(fround(p - target) * modulator) + fround(ce * power)),
  };
}

/** Its relative error against the truth of the golden vectors, for the focal loss with hard labels. */
export async function torchvisionErrors(part: 'value' | 'grad'): Promise<[logit: number, error: number][]> {
  const cases = (await loadVectors())
    .flatMap((file) => file.cases)
    .filter(({ loss, input, expect }) => {
      const plain = Object.keys(loss?.options ?? {}).every((name) => ['gamma', 'reduction'].includes(name));
      const hard = input?.targets.every((y) => y === 0 || y === 1) ?? false;
      const usual = Number(loss?.options.gamma ?? 2) <= 5;
      return loss?.factory === 'sigmoidFocal' && plain && usual && hard && Array.isArray(expect.value);
    });
  return cases.flatMap(({ loss, input, expect }) => {
    const truths = expect[part] as readonly number[] | undefined;
    if (input === undefined || truths === undefined) return [];
    const gamma = Number(loss?.options.gamma ?? 2);
    return input.logits.flatMap((logit, i): [number, number][] => {
      if (!Number.isFinite(logit) || Math.abs(logit) > 100 || fround(logit) !== logit) return [];
      const got = torchvision(logit, input.targets[i], gamma)[part];
      return [[logit, compare(got, truths[i], { dtype: 'float32', allowance: 1e-6 }).error]];
    });
  });
}
