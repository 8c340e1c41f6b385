/** The sliders of "Focal loss explained": who takes loss and gradient of the real detector, at a γ and an α of one's own. */
import { differentiate, formulas, numbers } from '@focal-loss/core';
import url from '../../examples/real-input/detections.json?url';

const widget = document.querySelector<HTMLElement>('[data-widget="gamma"]');

/** Below this logit, σ(x) < 0.1, a negative is easy. */
const EASY = Math.log(0.1 / 0.9);

/** In the order of the bars. */
const groups = ['easy', 'hard', 'positive'] as const;

const { logits, targets } = (await (await fetch(url)).json()) as { logits: number[]; targets: number[] };
const groupOf = (i: number) => (targets[i] === 1 ? 2 : logits[i] < EASY ? 0 : 1);
const counted = logits.flatMap((_, i) =>
  targets[i] < 0 ? [] : [{ logit: logits[i], target: targets[i], group: groupOf(i) }],
);

/** The share of each group in the loss and in the gradient. */
function shares(gamma: number, alpha: number) {
  const at = differentiate(formulas.focal.formula, numbers, { gamma });
  const sums = { loss: [0, 0, 0], gradient: [0, 0, 0] };
  for (const { logit, target, group } of counted) {
    const { value, derivative } = at(logit, target);
    const weight = target === 1 ? alpha : 1 - alpha;
    sums.loss[group] += weight * value;
    sums.gradient[group] += weight * Math.abs(derivative);
  }
  const fractions = (parts: number[]) => {
    const total = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => part / total);
  };
  return { loss: fractions(sums.loss), gradient: fractions(sums.gradient) };
}

function show(root: HTMLElement): void {
  const input = (name: string) => root.querySelector<HTMLInputElement>(`input[name="${name}"]`) as HTMLInputElement;
  const [gamma, alpha] = [input('gamma'), input('alpha')];
  for (const one of [gamma, alpha]) (one.nextElementSibling as HTMLOutputElement).value = one.value;
  const got = shares(gamma.valueAsNumber, alpha.valueAsNumber);
  for (const part of ['loss', 'gradient'] as const) {
    const bar = root.querySelector(`[data-part="${part}"]`) as HTMLElement;
    for (const [i, group] of groups.entries()) {
      const percent = `${(100 * got[part][i]).toFixed(1)} %`;
      (bar.querySelector(`.bar .${group}`) as HTMLElement).style.flexGrow = String(got[part][i]);
      (bar.querySelector(`.${group} output`) as HTMLOutputElement).value = percent;
    }
  }
}

if (widget !== null) {
  widget.addEventListener('input', () => show(widget));
  widget.hidden = false;
  show(widget);
}
