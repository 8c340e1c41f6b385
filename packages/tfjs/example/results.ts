import type { Plan } from './detector.ts';

/** What `results.json` holds. */
export interface Results {
  readonly scenes: Readonly<Record<'train' | 'test' | 'cells' | 'positives' | 'negatives', number>>;
  readonly plan: Plan;
  readonly seeds: readonly number[];
  readonly contenders: readonly {
    readonly name: string;
    /** One learning curve a seed. */
    readonly averagePrecision: readonly (readonly number[])[];
  }[];
}

/** Mean and sample standard deviation. */
export function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

const show = (values: readonly number[]) => {
  const { mean, deviation } = spread(values);
  return `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
};

/** The results as Markdown: average precision a third of the way, and at the end. */
export function table({ contenders, plan }: Results): string {
  const third = Math.round(plan.steps / plan.every / 3) - 1;
  const rows = contenders.map(({ name, averagePrecision }) => {
    const [early, late] = [third, -1].map((i) => show(averagePrecision.map((run) => run.at(i) as number)));
    return `| ${name} | ${early} | ${late} |`;
  });
  return [
    `| loss | after ${(third + 1) * plan.every} steps | after ${plan.steps} steps |`,
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}
