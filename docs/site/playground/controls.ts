/** The form: what the reader has set. */
import { losses, parameterNames, rangeOf, sliderOf } from './family.ts';

export interface Settings {
  /** The factory of the loss. */
  readonly loss: string;
  readonly params: Readonly<Record<string, number>>;
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

/** Reads the form, and switches off what the loss does not have. */
export function settings(): Settings {
  const { name, member, hasAlpha } = chosenLoss();
  for (const parameter of parameterNames) {
    const param = member.params[parameter];
    if (param !== undefined) {
      const { min, max, step } = rangeOf(param);
      Object.assign(slider(sliderOf(parameter)), { min, max, step });
    }
    use(sliderOf(parameter), param !== undefined);
  }
  const balanced = element<HTMLInputElement>('balanced');
  balanced.disabled = !hasAlpha;
  use('alpha', hasAlpha && balanced.checked);
  use('target', true);
  return {
    loss: name,
    params: Object.fromEntries(Object.keys(member.params).map((parameter) => [parameter, number(sliderOf(parameter))])),
    alpha: hasAlpha && balanced.checked ? number('alpha') : undefined,
    target: number('target'),
  };
}

/** Calls back whenever the reader changes the loss. */
export function onChange(callback: () => void): void {
  for (const id of ['loss', 'balanced', 'alpha', 'target', ...parameterNames.map(sliderOf)]) {
    element(id).addEventListener('input', callback);
  }
}
