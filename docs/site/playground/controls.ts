/** The form: what the reader has set. */
import { first, losses, parameterNames, rangeOf, sliderOf } from './family.ts';
import { element } from './page.ts';
import { amounts, axes, defaultsOf, type State, steps } from './state.ts';

const input = (id: string) => element<HTMLInputElement>(id);
const select = (id: string) => element<HTMLSelectElement>(id);
const memberOf = (loss: string) => losses.find(({ name }) => name === loss) ?? first;

/** Sliders whose places stand for the numbers of a list, and what they say of one. */
const lists = {
  imbalance: (value: number) => `1 : ${value}`,
  prior: (value: number) => String(value),
  speed: (value: number) => String(value),
} as const;
type List = keyof typeof lists;
const listNames = Object.keys(lists) as List[];

/** Sets a slider, and says beside it what it is set to. */
function set(id: string, value: number, text = String(value).replace('-', '−')): void {
  input(id).value = String(value);
  input(id).setAttribute('aria-valuetext', text);
  element(`${id}-out`).textContent = text;
}

/** Sets the form to a state, and takes away what its loss does not have. */
export function show(state: State): void {
  const { member, hasAlpha } = memberOf(state.loss);
  select('loss').value = state.loss;
  select('adapter').value = state.adapter;
  for (const name of parameterNames) {
    const slider = input(sliderOf(name));
    const param = member.params[name];
    slider.disabled = param === undefined;
    slider.closest<HTMLElement>('.slider')?.toggleAttribute('hidden', param === undefined);
    if (param === undefined) continue;
    Object.assign(slider, rangeOf(param));
    const value = state.params[name];
    set(sliderOf(name), Number(value), param.flag ? (value ? 'yes' : 'no') : undefined);
  }
  const balanced = state.alpha !== undefined;
  for (const id of ['balanced', 'alpha']) input(id).parentElement?.toggleAttribute('hidden', !hasAlpha);
  input('balanced').checked = balanced;
  input('alpha').disabled = !balanced;
  // Where it is off, the slider keeps its place for when it is on again.
  if (state.alpha !== undefined) set('alpha', state.alpha);
  else element('alpha-out').textContent = 'off';
  set('target', state.target);
  set('point', state.point);
  for (const axis of axes) input(`axis-${axis}`).checked = axis === state.axis;
  for (const amount of amounts) input(`of-${amount}`).checked = amount === state.of;
  input('ghosts').checked = state.ghosts;
  for (const name of listNames) {
    const at = (steps[name] as readonly number[]).indexOf(state[name]);
    set(`set-${name}`, at, lists[name](state[name]));
  }
}

/** What the form says now. A loss just chosen begins at its own defaults. */
export function read(before: State): State {
  const loss = select('loss').value;
  const { member, hasAlpha } = memberOf(loss);
  const number = (id: string) => Number(input(id).value);
  const listed = (name: List) => steps[name][number(`set-${name}`)] ?? before[name];
  const params = Object.fromEntries(
    Object.entries(member.params).map(([name, { flag }]) => {
      const value = number(sliderOf(name));
      return [name, flag ? value === 1 : value];
    }),
  );
  return {
    ...before,
    loss,
    adapter: select('adapter').value,
    params: loss === before.loss ? params : defaultsOf(loss),
    alpha: hasAlpha && input('balanced').checked ? number('alpha') : undefined,
    target: number('target'),
    point: number('point'),
    axis: axes.find((axis) => input(`axis-${axis}`).checked) ?? before.axis,
    of: amounts.find((amount) => input(`of-${amount}`).checked) ?? before.of,
    ghosts: input('ghosts').checked,
    imbalance: listed('imbalance'),
    prior: listed('prior'),
    speed: listed('speed'),
  };
}

/** Calls back whenever the reader changes something. */
export const onChange = (callback: () => void): void => element('controls').addEventListener('input', callback);
