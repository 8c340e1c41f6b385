/** The formula most implementations share, as torchvision composes it, operation by operation in one format. */
import { compare, type Dtype, loadVectors } from '@focal-loss/conformance';

/** How each operation rounds; float16 logits are computed in float32. */
const roundings: Readonly<Record<Dtype, (a: number) => number>> = {
  float64: (a) => a,
  float32: Math.fround,
  float16: Math.fround,
};

/** Loss and gradient of one entry; the gradient as automatic differentiation makes it of that formula. */
export function torchvision(
  logit: number,
  target: number,
  gamma: number,
  dtype: Dtype = 'float32',
): { value: number; grad: number } {
  const round = roundings[dtype];
  const x = round(logit);
  const e = round(Math.exp(-Math.abs(x)));
  const p = round((x < 0 ? e : 1) / round(1 + e));
  const ce = round(round(Math.max(x, 0) - round(x * target)) + round(Math.log1p(e)));
  const q = round(1 - p);
  const hit = round(round(p * target) + round(q * (1 - target)));
  const miss = round(1 - hit);
  const modulator = round(miss ** gamma);
  const slope = round((1 - 2 * target) * round(p * q));
  const power = gamma === 0 ? 0 : round(round(gamma * round(miss ** (gamma - 1))) * slope);
  return {
    value: round(ce * modulator),
    grad: round(round(round(p - target) * modulator) + round(ce * power)),
  };
}

/** Its relative error against the truth of the golden vectors, for the focal loss with hard labels. */
export async function torchvisionErrors(
  part: 'value' | 'grad',
  dtype: Dtype,
): Promise<[logit: number, error: number][]> {
  const cases = (await loadVectors())
    .flatMap((file) => file.cases)
    .filter(({ loss, input, expect }) => {
      const plain = Object.keys(loss?.options ?? {}).every((name) => ['gamma', 'reduction'].includes(name));
      const hard = input?.targets.every((y) => y === 0 || y === 1) ?? false;
      const usual = Number(loss?.options.gamma ?? 2) <= 5;
      // The formula knows no weights, and truths of weighted cases are weighted.
      const single = input?.weights === undefined && Array.isArray(expect.value);
      return loss?.factory === 'sigmoidFocal' && plain && usual && hard && single;
    });
  return cases.flatMap(({ loss, input, expect }) => {
    const truths = expect[part] as readonly number[] | undefined;
    if (input === undefined || truths === undefined) return [];
    const gamma = Number(loss?.options.gamma ?? 2);
    return input.logits.flatMap((logit, i): [number, number][] => {
      if (!Number.isFinite(logit) || Math.abs(logit) > 100 || roundings[dtype](logit) !== logit) return [];
      const got = torchvision(logit, input.targets[i], gamma, dtype)[part];
      return [[logit, compare(got, truths[i], { dtype: dtype === 'float64' ? dtype : 'float32', allowance: 0 }).error]];
    });
  });
}
