import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FocalLossError, type Loss, lossFrom, presets, reference } from '../src/index.ts';

/** What a peer's own code printed; `peers/print.py` says how. JSON has no ∞ and no NaN: those are texts. */
interface Printed {
  readonly preset: keyof typeof presets;
  readonly classes?: number;
  readonly peer: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly repository?: string;
  readonly commit?: string;
  readonly singles?: Inputs & Readonly<Partial<Record<'float64' | 'float32', Figures<readonly (number | string)[]>>>>;
  /** Matches with boxes that do not overlap. */
  readonly missed?: { readonly logits: readonly number[] } & Figures<readonly number[]>;
  readonly batch: Inputs & Figures & { readonly shape: readonly number[]; readonly call?: { normalizer: number } };
}
interface Inputs {
  readonly logits: readonly number[];
  readonly targets: readonly number[];
}
interface Figures<T = number | readonly number[]> {
  readonly value: T;
  readonly grad: T;
}

const folder = new URL('peers/', import.meta.url);
const printed = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Printed[])
  .map((record) => {
    const { versions, repository, commit, peer } = record;
    const [[name, version]] = Object.entries(versions);
    const from = repository ? `${repository} at ${commit?.slice(0, 7)}` : `${name} ${version}`;
    return {
      ...record,
      from: versions.mmdetection ? `mmdetection ${versions.mmdetection}, copied in ${from}` : from,
      peer,
    };
  });

const lossOf = ({ preset, classes }: Pick<Printed, 'preset' | 'classes'>): Loss =>
  preset === 'kerasCategorical' ? presets.kerasCategorical({ classes: classes ?? 0 }) : presets[preset];

/** Each logit with its own loss. */
const singly = (loss: Loss, { logits, targets }: Inputs) =>
  reference(lossFrom({ ...loss.toJSON(), reduction: 'none' })).valueAndGrad(logits, targets) as Figures<Float64Array>;

const list = (a: number | string | ArrayLike<number | string>) =>
  typeof a === 'object' ? Array.from(a, Number) : [Number(a)];
const relative = (got: number, exact: number) => (got === exact ? 0 : Math.abs(got - exact) / Math.abs(exact));
const worst = (got: readonly number[], exact: readonly number[]) =>
  Math.max(...exact.map((value, i) => relative(got[i], value)));

/**
 * How far a peer's figures may be off for |x| ≤ 12, where its arithmetic is good. 1 − p has lost 5 digits at 12 in
 * float64, so 1e-10 in all but these.
 */
const allowance = ({ preset }: Printed): number =>
  ({
    // Keras with PyTorch averages in float32, whatever the dtype.
    kerasBinary: 1e-7,
    kerasCategorical: 1e-7,
    // 1e-12 added to probabilities.
    mmdetGaussian: 1e-6,
  })[preset as string] ?? 1e-10;

describe.each(printed.filter(({ singles }) => singles?.float64))(
  'presets.$preset: figures of $from, $peer',
  (record) => {
    const { singles } = record;
    const loss = lossOf(record);
    it.each(['value', 'grad'] as const)('%s of single logits up to 12', (part) => {
      const near = singles?.logits.map((x) => Math.abs(x) <= 12) ?? [];
      const ours = list(singly(loss, singles as Inputs)[part]).filter((_, i) => near[i]);
      const theirs = list(singles?.float64?.[part] ?? []).filter((_, i) => near[i]);
      expect(ours.length).toBeGreaterThanOrEqual(22);
      expect(worst(theirs, ours)).toBeLessThan(allowance(record));
    });
  },
);

it('presets.sam3: figures of facebookresearch/sam3, IABCEMdetr, in float32, which is all it has; logits up to 3', () => {
  const record = printed.find(({ preset }) => preset === 'sam3') as Printed;
  const { singles } = record;
  const ours = singly(lossOf(record), singles as Inputs);
  const near = singles?.logits.map((x) => Math.abs(x) <= 3) ?? [];
  for (const part of ['value', 'grad'] as const) {
    const theirs = list(singles?.float32?.[part] ?? []);
    expect(
      worst(
        theirs.filter((_, i) => near[i]),
        list(ours[part]).filter((_, i) => near[i]),
      ),
    ).toBeLessThan(1e-5);
  }
});

describe('a batch, reduced as the peer does', () => {
  it.each(printed)('presets.$preset: figures of $from, $peer', (record) => {
    const { batch, versions, preset } = record;
    const { logits, targets, shape, call } = batch;
    const { value, grad } = reference(lossOf(record)).valueAndGrad(logits, targets, { shape, ...call });
    // mmdetection divides by avg_factor + 1.2e-7; SAM 3 keeps targets in float32, and a slope is a difference.
    const allowed = versions.mmdetection ? 2e-7 : preset === 'sam3' ? 2e-5 : Math.max(allowance(record), 1e-12);
    expect(worst(list(batch.value), list(value))).toBeLessThan(allowed);
    expect(worst(list(batch.grad), list(grad))).toBeLessThan(allowed);
  });
});

describe('a match of IoU 0 is one of a tiny IoU here', () => {
  it.each(printed.filter(({ missed }) => missed))('presets.$preset: figures of $from, $peer', (record) => {
    const { logits, value, grad } = record.missed as NonNullable<Printed['missed']>;
    const ours = singly(lossOf(record), { logits, targets: logits.map(() => 1e-9) });
    logits.forEach((_, i) => {
      expect(Math.abs(ours.value[i] - value[i])).toBeLessThan(1e-5);
      expect(Math.abs(ours.grad[i] - grad[i])).toBeLessThan(1e-5);
    });
  });
});

it('where float32 of a peer is off by more than 1 %: a positive at ±20, what it printed and what is exact', () => {
  const rows = printed.flatMap((record) => {
    const { singles, from, preset } = record;
    if (singles?.float32 === undefined) return [];
    const { float32 } = singles;
    const exact = singly(lossOf(record), singles);
    return [-20, 20].flatMap((x) => {
      const i = singles.logits.findIndex((logit, k) => logit === x && singles.targets[k] === 1);
      const off = (['value', 'grad'] as const).filter(
        (part) => !(relative(Number(float32[part][i]), exact[part][i]) < 0.01),
      );
      return off.map((part) => {
        const [theirs, ours] = [float32, exact].map((figures) => Number(figures[part][i]).toPrecision(3));
        return `${from}, ${preset}, ${part} at ${x}: ${theirs}, exactly ${ours}`;
      });
    });
  });
  expect(rows.sort().join('\n')).toMatchInlineSnapshot(`
    "Alibaba-MIIL/ASL at 8c9e0bd, asl, grad at -20: 0.00, exactly -1.00
    Alibaba-MIIL/ASL at 8c9e0bd, asl, grad at 20: 0.00, exactly -4.25e-18
    Alibaba-MIIL/ASL at 8c9e0bd, asl, value at -20: 18.4, exactly 20.0
    Alibaba-MIIL/ASL at 8c9e0bd, asl, value at 20: 0.00, exactly 4.25e-18
    Intellindust-AI-Lab/DEIM at 09d35d5, deim, grad at 20: 0.00, exactly -2.06e-9
    Peterande/D-FINE at 4a1f73a, dfine, grad at 20: 0.00, exactly -2.06e-9
    facebookresearch/sam3 at 99d02f2, sam3, grad at 20: 0.00, exactly -1.55e-8
    facebookresearch/sam3 at 99d02f2, sam3, value at 20: 2.06e-8, exactly 1.24e-7
    keras 3.15.1, kerasBinary, grad at -20: -6.64e-8, exactly -1.00
    keras 3.15.1, kerasBinary, grad at 20: 0.00, exactly -2.63e-26
    keras 3.15.1, kerasBinary, value at -20: 16.1, exactly 20.0
    keras 3.15.1, kerasBinary, value at 20: 0.00, exactly 8.76e-27
    lyuwenyu/RT-DETR at 068dfde, rtdetr, grad at 20: 0.00, exactly -2.06e-9
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetFocal, grad at 20: 0.00, exactly -6.57e-27
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetFocal, value at 20: 0.00, exactly 2.19e-27
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetGaussian, grad at 20: 0.00, exactly -2.63e-26
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetGaussian, value at 20: 0.00, exactly 8.76e-27
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetQuality, grad at 20: 0.00, exactly -2.63e-26
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetQuality, value at 20: 0.00, exactly 8.76e-27
    mmdetection 2.28.1, copied in cisco08/SegRefiner_mmengine at 5fdb7ea, mmdetVarifocal, grad at 20: 0.00, exactly -2.06e-9
    roboflow/rf-detr at 35ac6ab, rfdetr, grad at 20: -2.06e-9, exactly -1.55e-9
    roboflow/rf-detr at 35ac6ab, rfdetr, value at 20: 2.06e-9, exactly 1.24e-8
    timm 1.0.29, asl, grad at -20: 0.00, exactly -1.00
    timm 1.0.29, asl, grad at 20: 0.00, exactly -4.25e-18
    timm 1.0.29, asl, value at -20: 18.4, exactly 20.0
    timm 1.0.29, asl, value at 20: 0.00, exactly 4.25e-18
    torchvision 0.29.1, torchvision, grad at 20: 0.00, exactly -6.57e-27
    torchvision 0.29.1, torchvision, value at 20: 0.00, exactly 2.19e-27
    transformers 5.18.0, deim, grad at 20: 0.00, exactly -2.06e-9
    transformers 5.18.0, dfine, grad at 20: 0.00, exactly -2.06e-9
    transformers 5.18.0, rfdetr, grad at 20: NaN, exactly -1.55e-9
    transformers 5.18.0, rfdetr, value at 20: NaN, exactly 1.24e-8
    transformers 5.18.0, rtdetr, grad at 20: 0.00, exactly -2.06e-9"
  `);
});

describe('presets', () => {
  const all = Object.entries(presets).map(([name, preset]) => {
    return [name, typeof preset === 'function' ? preset({ classes: 3 }) : preset] as const;
  });

  it('each has figures of a peer', () => {
    expect([...new Set(printed.map(({ preset }) => preset))].sort()).toEqual(Object.keys(presets).sort());
  });

  it.each(all)('%s is a frozen loss, and data', (_name, loss: Loss) => {
    expect(Object.isFrozen(presets) && Object.isFrozen(loss)).toBe(true);
    expect(lossFrom(JSON.stringify(loss))).toEqual(loss);
  });

  it('are reduced as the peer reduces by default', () => {
    const not = (usual: string) => all.filter(([, { reduction }]) => reduction !== usual);
    expect(not('mean').map(([name, { reduction }]) => [name, reduction])).toEqual([
      ['torchvision', 'none'],
      ['optax', 'none'],
      ['asl', 'sum'],
    ]);
    expect(all.every(([, { normalizer, ignoreIndex }]) => normalizer === 'count' && ignoreIndex === undefined)).toBe(
      true,
    );
    // The reduction is in the type too.
    const value: Loss<'none'> = presets.torchvision;
    expect(value.reduction).toBe('none');
  });

  it('kerasCategorical has one α for each class, and says what it takes', () => {
    expect(presets.kerasCategorical({ classes: 4 }).alpha).toEqual([0.25, 0.25, 0.25, 0.25]);
    for (const options of [undefined, {}, { classes: 1 }, { classes: 2.5 }, { classes: 3, alpha: 0.5 }]) {
      expect(() => presets.kerasCategorical(options as never)).toThrow(FocalLossError);
    }
    expect(() => presets.kerasCategorical({} as never)).toThrowErrorMatchingInlineSnapshot(
      `[FocalLossError: presets.kerasCategorical: classes got undefined, takes an integer ≥ 2]`,
    );
  });
});
