/** The form: what the reader has set. */

export type LossName = 'sigmoidFocal' | 'sigmoidFocalStar' | 'qualityFocal' | 'sigmoidCrossEntropy';

export interface Settings {
  readonly loss: LossName;
  readonly gamma: number;
  readonly beta: number;
  /** Undefined while the loss is not α-balanced. */
  readonly alpha: number | undefined;
  readonly target: number;
}

/** An element of the page by its id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as E;
}

const sliders = ['gamma', 'beta', 'alpha', 'target'] as const;
const uses: Readonly<Record<LossName, readonly string[]>> = {
  sigmoidFocal: ['gamma', 'alpha'],
  sigmoidFocalStar: ['gamma', 'beta', 'alpha'],
  qualityFocal: ['beta'],
  sigmoidCrossEntropy: ['alpha'],
};

const slider = (name: string) => element<HTMLInputElement>(name);

/** Reads the form, and switches off what the loss does not have. */
export function settings(): Settings {
  const loss = element<HTMLSelectElement>('loss').value as LossName;
  const balanced = element<HTMLInputElement>('balanced');
  // FL* divides by γ.
  slider('gamma').min = loss === 'sigmoidFocalStar' ? '0.1' : '0';
  balanced.disabled = !uses[loss].includes('alpha');
  for (const name of sliders) {
    slider(name).disabled =
      name !== 'target' && (!uses[loss].includes(name) || (name === 'alpha' && !balanced.checked));
    element(`${name}-out`).textContent = slider(name).disabled ? 'off' : slider(name).value;
  }
  const number = (name: string) => Number(slider(name).value);
  return {
    loss,
    gamma: number('gamma'),
    beta: number('beta'),
    alpha: slider('alpha').disabled ? undefined : number('alpha'),
    target: number('target'),
  };
}

/** Calls back whenever the reader changes the loss. */
export function onChange(callback: () => void): void {
  for (const id of ['loss', 'balanced', ...sliders]) element(id).addEventListener('input', callback);
}
