import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { Decimal, exact, nearest, one, sum, zero } from '../decimal.ts';
import { factories, factoryOf, settingOf } from '../factories.ts';
import { float16 } from '../float16.ts';
import { curvatureOf, links, lossOf } from '../links.ts';
import { tells, told } from '../posterior.ts';
import { elementwise, sigmoidLosses, softmaxLosses, spell } from './losses.ts';

const magnitudes = [0.25, 1.5, 4, 11.5, 30, 60];
const logits = [...magnitudes, ...magnitudes.map((x) => -x)];
/** Far from what any of these logits stands for, where some losses have a kink. */
const soft = [0.3125, 0.875].map(float16);

const rows = [
  [0.5, -1.25, 2],
  [3, 3, -4.5],
  [-8, 9, 1],
  [25, 0, -25],
];

/** Losses of each member at their first two settings: second derivatives take the oracle long. */
const some = (losses: readonly LossSpec[]) =>
  factories.flatMap(({ name }) => losses.filter(({ factory }) => factory === name).slice(0, 2));

const isSoft = ({ factory }: LossSpec) => !/^sigmoid|^asymmetric|^gaussian/.test(factory);

/** One target of class `c`, or a place between two. */
const sharesOf = (kind: string, target: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, c) =>
    kind === 'place' ? Math.max(1 - Math.abs(c - target), 0) : Number(c === target),
  );

/** The second derivatives of one target, and what their errors are relative to: value and slope times what a power brings down. */
function curvature(spec: LossSpec, own: readonly number[], target: number): { hess: Decimal[]; scale: Decimal[] } {
  const { link, definition, targets } = factoryOf(spec.factory);
  const params = settingOf(spec);
  const asked = { link: links[link], definition };
  const all =
    link === 'sigmoid'
      ? [{ label: target, share: one }]
      : sharesOf(targets, target, own.length).map((share, label) => ({ label, share: exact(share) }));
  const parts = all
    .filter(({ share }) => !share.isZero())
    .map(({ label, share }) => {
      const { value, grad } = lossOf(asked, own, label, params);
      const hess = curvatureOf(asked, own, label, params).map((h) => h.times(share));
      const size = (j: number) =>
        Decimal.max(
          hess[j].abs(),
          grad[j].abs().times(30).times(share),
          value
            .abs()
            .times(30)
            .times(link === 'sigmoid' ? share : zero),
        );
      return { hess, scale: hess.map((_, j) => size(j)) };
    });
  const total = (of: 'hess' | 'scale') => own.map((_, j) => sum(parts.map((part) => part[of][j])));
  return { hess: total('hess'), scale: total('scale') };
}

function hess(spec: LossSpec, name: string, input: Input): Case {
  const width = input.logits.length / input.targets.length;
  const all = input.targets.map((target, i) => curvature(spec, input.logits.slice(i * width, (i + 1) * width), target));
  return {
    id: `${spell(spec)}/hess/${name}`,
    clause: 'hess',
    loss: elementwise(spec),
    input,
    expect: {
      hess: all.flatMap((part) => part.hess.map(nearest)),
      hessScale: all.flatMap(({ scale }) => scale.map(nearest)),
    },
  };
}

const both = (labels: readonly number[]): Input => ({
  logits: logits.flatMap((x) => labels.map(() => x)),
  targets: logits.flatMap(() => labels),
});

const everyTarget = (targets: readonly number[]): Input => ({
  logits: rows.flatMap((row) => targets.flatMap(() => row)),
  targets: rows.flatMap(() => targets),
  shape: [rows.length * targets.length, 3],
});

function posterior(spec: LossSpec): Case {
  const { link } = factoryOf(spec.factory);
  const input =
    link === 'sigmoid' ? { logits, targets: [] } : { logits: rows.flat(), targets: [], shape: [rows.length, 3] };
  const width = link === 'sigmoid' ? 1 : 3;
  const answers = Array.from({ length: input.logits.length / width }, (_, i) =>
    told(spec, input.logits.slice(i * width, (i + 1) * width)),
  );
  return {
    id: `${spell(spec)}/posterior`,
    clause: 'posterior',
    loss: elementwise(spec),
    input,
    expect: { posterior: answers.flatMap((row) => row.map(nearest)) },
  };
}

/** With α, which is divided out again. */
const balanced = (losses: readonly LossSpec[]) =>
  losses
    .filter(({ factory }) => factoryOf(factory).hasAlpha)
    .map(({ factory, options }) => ({
      factory,
      options: { ...options, alpha: factoryOf(factory).link === 'sigmoid' ? 0.2 : [0.5, 2, 1.25] },
    }));

export const parts: VectorFile = {
  title: 'Second derivatives, and the probabilities that minima stand for',
  cases: () => {
    const [sigmoid, softmax] = [some(sigmoidLosses), some(softmaxLosses)];
    const telling = [...sigmoid, ...softmax].filter(tells);
    return [
      ...sigmoid.map((spec) => hess(spec, 'hard', both([0, 1]))),
      ...sigmoid.filter(isSoft).map((spec) => hess(spec, 'soft', both(soft))),
      ...softmax.map((spec) =>
        hess(spec, 'rows', everyTarget(factoryOf(spec.factory).targets === 'place' ? [0, 0.75, 2] : [0, 1, 2])),
      ),
      ...[...telling, ...balanced(telling)].map(posterior),
    ];
  },
};
