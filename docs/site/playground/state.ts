/** All that a reader can set, and how an address says it: what is copied from there shows the same to somebody else. */
import { lossFrom } from '@focal-loss/core';
import { first, losses, rangeOf } from './family.ts';
import type { Setup } from './training/setup.ts';

export const views = ['training', 'curves', 'shares'] as const;
export type View = (typeof views)[number];

/** What the first axis of the curves is. */
export const axes = ['logit', 'pt'] as const;
export type Axis = (typeof axes)[number];

/** What the shares are shares of. */
export const amounts = ['loss', 'gradient'] as const;
export type Amount = (typeof amounts)[number];

export interface State extends Setup {
  readonly view: View;
  readonly adapter: string;
  /** The factory of the loss. */
  readonly loss: string;
  readonly params: Readonly<Record<string, number | boolean>>;
  /** Undefined while the loss is not α-balanced. */
  readonly alpha: number | undefined;
  readonly target: number;
  readonly axis: Axis;
  /** Whether the curves of the paper's Figure 1 are there as well. */
  readonly ghosts: boolean;
  /** The logit that is read out. */
  readonly point: number;
  readonly of: Amount;
  /** Steps of training a frame. */
  readonly speed: number;
}

/** What sliders without a range of their own go through. */
export const steps = {
  imbalance: [1, 2, 5, 10, 20, 50, 100, 200, 300],
  prior: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  speed: [1, 2, 4, 8, 16],
} as const;

/** The logits that can be read out. */
export const reach = 6;

/** The parameters of a loss where nobody has set them. */
export function defaultsOf(loss: string): Record<string, number | boolean> {
  const { member } = losses.find(({ name }) => name === loss) ?? first;
  return Object.fromEntries(
    Object.entries(member.params).map(([name, { default: usual, flag }]) => [name, flag ? usual === 1 : usual]),
  );
}

/** How the page opens. */
export const initial: State = {
  view: 'training',
  adapter: 'typed-array',
  loss: first.name,
  params: defaultsOf(first.name),
  alpha: undefined,
  target: 1,
  axis: 'logit',
  ghosts: true,
  point: 2,
  of: 'loss',
  imbalance: 100,
  prior: 0.5,
  seed: 1,
  speed: 4,
};

/** The largest seed: a number that a reader can still read out to another. */
export const lastSeed = 9999;

/** Everything but the loss as words of an address; what is as at the beginning is left out. */
const others = [
  'view',
  'adapter',
  'target',
  'axis',
  'ghosts',
  'point',
  'of',
  'imbalance',
  'prior',
  'seed',
  'speed',
] as const;

/** An address's part behind the `#`. */
export function format(state: State): string {
  const words = new URLSearchParams({ loss: state.loss });
  for (const [name, value] of Object.entries(state.params)) words.set(name, String(value));
  if (state.alpha !== undefined) words.set('alpha', String(state.alpha));
  for (const name of others) if (state[name] !== initial[name]) words.set(name, String(state[name]));
  return words.toString();
}

/** What an address says. Whatever in it makes no sense is as at the beginning: addresses are cut off, and typed. */
export function parse(hash: string, adapters: readonly string[]): State {
  const words = hash.startsWith('%7B') || hash.startsWith('{') ? older(hash) : new URLSearchParams(hash);
  const chosen = losses.find(({ name }) => name === words.get('loss')) ?? first;
  const number = (name: string, min: number, max: number): number | undefined => {
    const text = words.get(name)?.trim() ?? '';
    const value = text === '' ? Number.NaN : Number(text);
    return Number.isNaN(value) ? undefined : Math.min(Math.max(value, min), max);
  };
  const oneOf = <T extends string | number>(name: string, among: readonly T[], otherwise: T): T =>
    among.find((one) => String(one) === words.get(name)) ?? otherwise;
  const params = defaultsOf(chosen.name);
  for (const [name, param] of Object.entries(chosen.member.params)) {
    const { min, max } = rangeOf(param);
    if (param.flag) params[name] = words.has(name) ? words.get(name) === 'true' : params[name];
    else params[name] = number(name, min, max) ?? params[name];
  }
  return {
    view: oneOf('view', views, initial.view),
    adapter: oneOf('adapter', adapters, initial.adapter),
    loss: chosen.name,
    params,
    alpha: chosen.hasAlpha ? number('alpha', 0, 1) : undefined,
    target: number('target', 0, 1) ?? initial.target,
    axis: oneOf('axis', axes, initial.axis),
    ghosts: words.get('ghosts') !== 'false',
    point: number('point', -reach, reach) ?? initial.point,
    of: oneOf('of', amounts, initial.of),
    imbalance: oneOf('imbalance', steps.imbalance, initial.imbalance),
    prior: oneOf('prior', steps.prior, initial.prior),
    seed: Math.round(number('seed', 1, lastSeed) ?? initial.seed),
    speed: oneOf('speed', steps.speed, initial.speed),
  };
}

/** Addresses used to be a loss as JSON. Those that people kept still show it. */
function older(hash: string): URLSearchParams {
  try {
    const { reduction: _, ...data } = lossFrom(decodeURIComponent(hash)).toJSON();
    return new URLSearchParams(Object.entries(data).map(([name, value]) => [name, String(value)]));
  } catch {
    return new URLSearchParams();
  }
}
