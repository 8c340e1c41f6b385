import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { factoryOf, settingOf } from '../factories.ts';
import { float16 } from '../float16.ts';
import { elementwise, sigmoidLosses, spell } from './losses.ts';

const labels = [0.01, 0.1, 0.25, 0.5, 0.7, 0.75, 0.99].map(float16);
const logits = [-100, -40, -17, -5, -2.5, -1, -0.25, 0, 0.5, 1.5, 3, 8, 20, 60, 100];

/** Every label at every logit, but not the very point p = y. */
const grid = labels.flatMap((y) => logits.map((x) => ({ x, y }))).filter(({ x, y }) => x !== 0 || y !== 0.5);

/** As near to p = y as float16 goes, where a loss that is 0 at p = y is a small difference. */
const near = labels.map((y) => ({ x: float16(Math.log(y / (1 - y))), y })).filter(({ x }) => x !== 0);

const points = (list: readonly { x: number; y: number }[]): Input => ({
  logits: list.map(({ x }) => x),
  targets: list.map(({ y }) => y),
});

const softly = (loss: LossSpec, where: string, input: Input): Case =>
  solve(`${spell(loss)}/soft/${where}`, 'soft-labels', elementwise(loss), input);

/** The losses that fall to 0 at p = y in one of these ways. */
const zeroAtLabel = (...ways: readonly ('smooth' | 'cusp')[]): LossSpec[] =>
  sigmoidLosses.filter((loss) => {
    const way = factoryOf(loss.factory).definition.zeroAtLabel?.(settingOf(loss));
    return way !== undefined && ways.includes(way);
  });

export const sigmoidSoft: VectorFile = {
  title: 'Sigmoid losses of soft labels',
  cases: () => [
    ...sigmoidLosses.map((loss) => softly(loss, 'grid', points(grid))),
    ...zeroAtLabel('smooth').map((loss) => softly(loss, 'near', points(near))),
    // p = y exactly: the loss is 0 and so is its slope, also where it has no limit.
    ...zeroAtLabel('smooth', 'cusp').map((loss) => softly(loss, 'minimum', points([{ x: 0, y: 0.5 }]))),
  ],
};
