import type { VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { float16 } from '../float16.ts';
import { elementwise, sigmoidLosses, spell } from './losses.ts';

const bothSigns = (magnitudes: readonly number[]) => [...magnitudes, ...magnitudes.map((x) => -x)];

/** Logits by regime: each has its own way of going wrong. */
const regimes: Readonly<Record<string, readonly number[]>> = {
  // Down to the least float16 and through its subnormals: e^−x is 1 in many digits.
  tiny: [0, ...bothSigns([2 ** -24, 3 * 2 ** -24, 2 ** -20, 2 ** -14, 2 ** -11, 2 ** -8, float16(0.03)])],
  ordinary: bothSigns(
    [0.1, 0.25, 1 / 3, 0.5, 2 / 3, 0.9, 1, 1.27, 1.5, Math.LN2, 2, 2.2, 2.79, Math.PI, 4, 4.6, 5.5, 7, 8.125, 10].map(
      float16,
    ),
  ),
  // 1 − σ(x) is 0 in float32 from x = 17 and in float64 from x = 37, and e^−x underflows in float32 from x = 87.
  saturated: bothSigns([11.5, 12, 16, 16.5, 17, 17.5, 20, 36, 36.5, 37, 40, 59, 60, 75, 86.5, 87, 88, 89, 99.5, 100]),
  // e^−x is past float32's least subnormal from 104 and float64's from 746, e^x past its greatest from 710.
  extreme: bothSigns([104, 128, 710, 745, 1000, 65504]),
  // The only inputs that are float32 and not float16.
  huge: bothSigns([Math.fround(1e38)]),
};

export const sigmoidHard: VectorFile = {
  title: 'Sigmoid losses of hard labels: every member at every magnitude of the logit',
  cases: () =>
    sigmoidLosses.flatMap((loss) =>
      Object.entries(regimes).map(([regime, xs]) =>
        solve(`${spell(loss)}/hard/${regime}`, `values.${regime}`, elementwise(loss), {
          logits: xs.flatMap((x) => [x, x]),
          targets: xs.flatMap(() => [0, 1]),
        }),
      ),
    ),
};
