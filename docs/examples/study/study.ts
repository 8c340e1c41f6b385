/** Random search for each loss on validation windows, then five seeds of the best on test windows; and what a swap of losses does. */
import { compareScale, type Loss, lossFrom } from '@focal-loss/core';
import { random } from '../../../packages/tfjs/example/scenes.ts';
import { type Config, configOf, drawOf, type Name, names, paper } from './contenders.ts';
import { averagePrecision, figuresOf, type Logits, weightOf } from './measure.ts';
import { logitsOf, type Network, type Task, train } from './network.ts';
import { lengths, type Plan } from './plan.ts';
import type { Key, Run, Runs } from './runs.ts';
import { CELLS, joined, type Part, type Pool, poolOf, type Windows } from './windows.ts';

/** The seed of the search, and of the best configurations once more. Test seeds are others. */
const SEARCH = 101;
const AGAIN = 102;
/** One false alarm in ten scenes, as a share of the windows. */
const ALARMS = 1 / (10 * CELLS);
/** Adam does not mind the scale of a loss: what is found with gradient descent is found again, or not. */
const underAdam: readonly Name[] = ['cross-entropy', 'focal with α'];
/** Windows that the scale of two losses is compared on. */
const COMPARED = 20_000;

export interface Setting {
  readonly plan: Plan;
  readonly pools: Readonly<Record<Part, Pool>>;
  /** All windows of training, the positives first. */
  readonly windows: Windows;
  readonly labels: Uint8Array;
}

export function settingOf(plan: Plan): Setting {
  const pool = (part: Part, seed: number) =>
    poolOf(part, plan.pools[part].positives, plan.pools[part].negatives, random(seed));
  const pools = { train: pool('train', 2017), validation: pool('validation', 2018), test: pool('test', 2019) };
  const windows = joined(pools.train.positives, pools.train.negatives);
  const labels = new Uint8Array(windows.starts.length - 1).fill(1, 0, plan.pools.train.positives);
  return { plan, pools, windows, labels };
}

/** The windows of one training: as many negatives as there are, and one positive for `ratio` of them, which `next` draws. */
function taskOf({ plan, windows, labels }: Setting, ratio: number, next: () => number): Task {
  const { positives, negatives } = plan.pools.train;
  const yes = Math.min(positives, Math.floor(negatives / ratio));
  const drawn = Array.from({ length: positives }, (_, i) => ({ i, at: next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, yes);
  const members = Uint32Array.from({ length: yes * (ratio + 1) }, (_, k) =>
    k < yes ? drawn[k].i : positives + k - yes,
  );
  return { windows, members, labels };
}

function trained(setting: Setting, key: Key, { loss, rate, pi }: Config): Network {
  const { hidden, batch, lengths } = setting.plan;
  const { optimizer, ratio, length, seed } = key;
  const task = taskOf(setting, ratio, random(seed));
  return train(task, { loss, optimizer, rate, pi, hidden, steps: lengths[length], batch }, random(1000 + seed));
}

const logitsOfPool = (network: Network, { positives, negatives }: Pool): Logits => ({
  positives: logitsOf(network, positives),
  negatives: logitsOf(network, negatives),
});
/** To the digits that are stored. */
const digits = (value: number) => Number(value.toPrecision(5));

/** A run and what it is worth: a run of stage `'test'` on test windows with all figures, any other by its validation average precision. */
export function measured(setting: Setting, key: Key, config: Config): Omit<Run, keyof Key> {
  const network = trained(setting, key, config);
  const { loss, rate, pi } = config;
  const what = { loss: loss.toJSON(), rate, pi };
  if (key.stage !== 'test') {
    const logits = logitsOfPool(network, setting.pools.validation);
    return { ...what, ap: digits(averagePrecision(logits, weightOf(logits, key.ratio))) };
  }
  const { ap, recall, ece } = figuresOf(loss, logitsOfPool(network, setting.pools.test), key.ratio, ALARMS);
  const { sigma, posterior } = ece;
  return {
    ...what,
    ap: digits(ap),
    recall: digits(recall),
    ece: { sigma: digits(sigma), posterior: posterior === null ? null : digits(posterior) },
  };
}

export type Case = Pick<Key, 'optimizer' | 'ratio' | 'length'>;

/** The best configuration of random search: of the best few, which are trained once more, the best mean. */
function search(setting: Setting, runs: Runs, of: Case, name: Name): Config {
  const { trials, again } = setting.plan;
  const run = (stage: 'search' | 'again', trial: number, seed: number) => {
    const key: Key = { ...of, name, stage, trial, seed };
    return runs.of(key, () => measured(setting, key, configOf(name, of.optimizer, drawOf(trial))));
  };
  const all = Array.from({ length: trials }, (_, trial) => run('search', trial, SEARCH));
  const best = all.sort((a, b) => b.ap - a.ap).slice(0, again);
  const means = best.map((first) => ({ first, mean: (first.ap + run('again', first.trial, AGAIN).ap) / 2 }));
  const { first } = means.reduce((a, b) => (b.mean > a.mean ? b : a));
  return { loss: lossFrom(first.loss), rate: first.rate, pi: first.pi };
}

function test(setting: Setting, runs: Runs, of: Case, name: string, config: () => Config): void {
  for (const seed of setting.plan.seeds) {
    const key: Key = { ...of, name, stage: 'test', trial: -1, seed };
    runs.of(key, () => measured(setting, key, config()));
  }
}

/** By how much the learning rate has to grow with a swap, as compareScale says of the model that the first loss has trained. */
function weightOfSwap(setting: Setting, of: Case, from: Config, to: Loss): number {
  const seed = SEARCH;
  const network = trained(setting, { ...of, name: 'swap', stage: 'search', trial: -1, seed }, from);
  const { members, labels, windows } = taskOf(setting, of.ratio, random(seed));
  const step = Math.max(1, Math.floor(members.length / COMPARED));
  const chosen = members.filter((_, k) => k % step === 0);
  const logits = logitsOf(network, windows);
  const [mine, theirs] = [Float64Array.from(chosen, (i) => logits[i]), Uint8Array.from(chosen, (i) => labels[i])];
  return compareScale(from.loss, to, mine, theirs).weight;
}

/** What it costs to swap tuned cross-entropy for the paper's focal loss: with its rate as it is, and times what compareScale says. */
function swap(setting: Setting, runs: Runs, of: Case, from: Config): void {
  test(setting, runs, of, 'same rate', () => ({ ...from, loss: paper }));
  let weight: number | undefined;
  test(setting, runs, of, 'rate × weight', () => {
    weight ??= digits(weightOfSwap(setting, of, from, paper));
    return { ...from, loss: paper, rate: digits(from.rate * weight) };
  });
}

/** Everything of one imbalance, one length and one optimizer. */
export function study(setting: Setting, runs: Runs, of: Case): void {
  for (const name of of.optimizer === 'sgd' ? names : underAdam) {
    const best = search(setting, runs, of, name);
    test(setting, runs, of, name, () => best);
    if (name === 'cross-entropy') swap(setting, runs, of, best);
  }
}

/** Runs what is not yet in `runs`. */
export function studyAll(setting: Setting, runs: Runs): void {
  for (const optimizer of ['sgd', 'adam'] as const) {
    for (const length of lengths) {
      for (const ratio of setting.plan.ratios) study(setting, runs, { optimizer, ratio, length });
    }
  }
}

/** How many runs a whole study has. */
export function runsOf({ ratios, trials, again, seeds }: Plan): number {
  const cases = lengths.length * ratios.length;
  const each = (losses: number) => losses * (trials + again + seeds.length) + 2 * seeds.length;
  return cases * (each(names.length) + each(underAdam.length));
}
