import { Decimal, exact, nearest, one, sum, zero } from '../../../core/oracle/decimal.ts';
import { evaluate } from '../../../core/oracle/evaluate.ts';
import { factoryOf, settingOf } from '../../../core/oracle/factories.ts';
import { indices } from '../../../core/oracle/indices.ts';
import { curvatureOf, links, lossOf } from '../../../core/oracle/links.ts';
import type { Options } from '../../../core/oracle/reduce.ts';
import { probability } from '../../../core/oracle/textbook/definition.ts';
import { textbook } from '../../../core/oracle/textbook/index.ts';
import type { Drawn } from './draw.ts';

/** Truths, and the sums of the sizes of the terms they are made of. */
export interface Part {
  readonly truths: readonly number[];
  readonly scales: readonly number[];
}

/** What more than sixty digits say of a call. */
export interface Truth {
  readonly value: Part;
  readonly grad: Part;
  /** Of small calls: the oracle takes differences of slopes for it. */
  readonly hess: Part | undefined;
}

export function truthOf({ spec, input }: Drawn): Truth {
  const options = spec.options as Options;
  const { reduction = 'mean' } = options;
  const at = indices(factoryOf(spec.factory).link, input);
  const of = (changed: Options) => evaluate({ ...spec, options: { ...spec.options, ...changed } }, input, false);
  const given = of({});
  const alone = of({ reduction: 'none' });
  const values = [given.value ?? 0].flat() as number[];
  const losses = alone.value as number[];
  const sizes = losses.map((loss, i) => Math.max(Math.abs(loss), alone.valueScale?.[i] ?? 0));
  // Of which nothing is left where all losses are 0.
  const divisor =
    reduction !== 'mean' ? 1 : (input.normalizer ?? (of({ reduction: 'sum' }).value as number) / values[0]);
  const scaleOf = (k: number) => {
    if (reduction === 'none') return sizes[k];
    const own = sizes.filter((_, i) => reduction !== 'example' || at.example(i) === k);
    return own.reduce((all, size) => all + size, 0) / divisor;
  };
  const grad = (given.grad as number[]).map((slope, i) => (isStep(spec, input, i) ? Number.NaN : slope));
  // Nothing but entries on the edge of a margin may be a little, too.
  const isAll = (k: number) => scaleOf(k) === 0 && grad.some(Number.isNaN);
  return {
    value: {
      truths: values.map((loss, k) => (isAll(k) ? Number.NaN : loss)),
      scales: values.map((_, k) => scaleOf(k)),
    },
    grad: { truths: grad, scales: given.gradScale ?? grad },
    hess:
      at.count * (input.logits.length / Math.max(at.count, 1)) ** 2 <= 100 ? hessOf(spec, input, divisor) : undefined,
  };
}

/** As core's vectors have them: relative to value and slope as well, of which a power brings down its exponent. */
function hessOf(spec: Drawn['spec'], input: Drawn['input'], divisor: number): Part {
  const { link: name, definition, targets: kind } = factoryOf(spec.factory);
  const params = settingOf(spec);
  const options = spec.options as Options;
  const alphas = 'alpha' in params ? undefined : options.alpha;
  const epsilon = exact(options.labelSmoothing ?? 0);
  const link = links[name];
  const at = indices(name, input);
  const truths = Array<number>(input.logits.length).fill(0);
  const scales = Array<number>(input.logits.length).fill(0);

  const sharesOf = (i: number, classes: number): Decimal[] => {
    const y = input.targets[i];
    const own = at.rows
      ? at.logits(i).map((place) => exact(input.targets[place]))
      : Array.from({ length: classes }, (_, c) =>
          kind === 'place' ? Decimal.max(one.minus(exact(y).minus(c).abs()), 0) : Number(c === y) === 1 ? one : zero,
        );
    return own.map((share) => share.times(one.minus(epsilon)).plus(epsilon.div(classes)));
  };
  for (let i = 0; i < at.count; i++) {
    if (!at.rows && input.targets[i] === options.ignoreIndex) continue;
    const places = at.logits(i);
    const logits = places.map((place) => input.logits[place]);
    const weight = input.weights === undefined ? one : exact(input.weights[at.weight(i)]);
    const labels: [Decimal | number, Decimal][] = [];
    if (name === 'sigmoid') {
      const y = exact(input.targets[i]).times(one.minus(epsilon)).plus(epsilon.div(2));
      const own = typeof alphas === 'object' ? alphas[at.category(i)] : alphas;
      labels.push([y, own === undefined ? one : link.alpha(own, y)]);
    } else {
      sharesOf(i, logits.length).forEach((share, c) => {
        if (!share.isZero()) labels.push([c, share.times(alphas === undefined ? 1 : exact((alphas as number[])[c]))]);
      });
    }
    // Close to a step of the slope second derivatives are differences of whose terms the textbook says nothing.
    const steps =
      definition === textbook.asymmetric
        ? [exact(Number(params.margin))]
        : definition === textbook.qualityFocal && Number(params.beta) !== 2
          ? labels.map(([y]) => zero.plus(y))
          : [];
    if (steps.some((step) => near(probability(exact(logits[0])), step))) {
      truths[places[0]] = Number.NaN;
      continue;
    }
    const parts = labels.map(([label, share]) => {
      const factor = share.times(weight).div(exact(divisor));
      const { valueScale, gradScale } = lossOf({ link, definition }, logits, label, params, false);
      const hess = curvatureOf({ link, definition }, logits, label, params);
      return {
        hess: hess.map((h) => h.times(factor)),
        sizes: hess.map((h, j) =>
          Decimal.max(h.abs(), gradScale[j].times(30), name === 'sigmoid' ? valueScale.times(30) : zero).times(factor),
        ),
      };
    });
    places.forEach((place, j) => {
      truths[place] = nearest(sum(parts.map(({ hess }) => hess[j])));
      scales[place] = nearest(sum(parts.map(({ sizes }) => sizes[j])));
    });
  }
  return { truths, scales };
}

/** Whether the slope of |y − p|^β, or of max(p − margin, 0), may as well be that of the other side: no digits of p tell the sides apart. */
function isStep({ factory, options }: Drawn['spec'], { logits, targets }: Drawn['input'], i: number): boolean {
  if (factory === 'asymmetric') {
    const margin = Number(options.margin ?? 0.05);
    return Math.abs(1 / (1 + Math.exp(-logits[i])) - margin) < 1e-7 * margin;
  }
  if (factory !== 'qualityFocal' || Number(options.beta) > 1) return false;
  const epsilon = Number(options.labelSmoothing ?? 0);
  const y = targets[i] * (1 - epsilon) + epsilon / 2;
  return Math.abs(1 / (1 + Math.exp(-logits[i])) - y) < 1e-6 * y * (1 - y);
}

/** Whether two probabilities differ by a small part of themselves. */
const near = (p: Decimal, q: Decimal): boolean =>
  p
    .minus(q)
    .abs()
    .lt(Decimal.min(p.plus(q), one.times(2).minus(p).minus(q)).times(1e-2));
