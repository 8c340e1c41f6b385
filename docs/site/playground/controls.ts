/** The form: what the reader has set. */
import type { Loss } from '@focal-loss/core';
import { losses, parameterNames, rangeOf, sliderOf } from './family.ts';

export interface Settings {
  /** The factory of the loss. */
  readonly loss: string;
  readonly params: Readonly<Record<string, number | boolean>>;
  /** Undefined while the loss is not α-balanced. */
  readonly alpha: number | undefined;
  readonly target: number;
}

/** An element of the page by its id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const named = document.getElementById(id);
  if (named === null) throw new Error(`the page has no #${id}`);
  return named as E;
}

const slider = (id: string) => element<HTMLInputElement>(id);
const number = (id: string) => Number(slider(id).value);

/** The factory that is chosen. */
function chosenLoss() {
  const { value } = element<HTMLSelectElement>('loss');
  const loss = losses.find(({ name }) => name === value);
  if (loss === undefined) throw new Error(`no loss is called ${value}`);
  return loss;
}

/** Switches a slider on or off, and says what it is set to. */
function use(id: string, on: boolean): void {
  slider(id).disabled = !on;
  element(`${id}-out`).textContent = on ? slider(id).value : 'off';
}

/** The loss that the sliders were last set for. */
let shown = '';

/** Reads the form, and takes away what the loss does not have. A loss just chosen begins at its defaults. */
export function settings(): Settings {
  const { name, member, hasAlpha } = chosenLoss();
  for (const parameter of parameterNames) {
    const param = member.params[parameter];
    if (param !== undefined) {
      const { min, max, step } = rangeOf(param);
      Object.assign(slider(sliderOf(parameter)), { min, max, step });
      if (shown !== '' && shown !== name) slider(sliderOf(parameter)).value = String(param.default);
    }
    use(sliderOf(parameter), param !== undefined);
    slider(sliderOf(parameter))
      .closest<HTMLElement>('.slider')
      ?.toggleAttribute('hidden', param === undefined);
  }
  shown = name;
  const balanced = element<HTMLInputElement>('balanced');
  balanced.disabled = !hasAlpha;
  use('alpha', hasAlpha && balanced.checked);
  use('target', true);
  return {
    loss: name,
    params: Object.fromEntries(
      Object.entries(member.params).map(([parameter, { flag }]) => {
        const set = number(sliderOf(parameter));
        return [parameter, flag ? set === 1 : set];
      }),
    ),
    alpha: hasAlpha && balanced.checked ? number('alpha') : undefined,
    target: number('target'),
  };
}

/** Sets the form to a loss of single logits. */
export function show({ name, params, alpha }: Loss): void {
  if (!losses.some((loss) => loss.name === name)) return;
  element<HTMLSelectElement>('loss').value = name;
  shown = name;
  settings();
  for (const [parameter, value] of Object.entries(params)) slider(sliderOf(parameter)).value = String(value);
  element<HTMLInputElement>('balanced').checked = typeof alpha === 'number';
  if (typeof alpha === 'number') slider('alpha').value = String(alpha);
}

/** Calls back whenever the reader changes the loss. */
export function onChange(callback: () => void): void {
  for (const id of ['loss', 'balanced', 'alpha', 'target', ...parameterNames.map(sliderOf)]) {
    element(id).addEventListener('input', callback);
  }
}
