/** The curves, the point that is read out, and the table of numbers. */
import { ghosts, logitOf, placeOf, probabilityOfTrue, type Result, rows } from './curves.ts';
import { element, leave } from './page.ts';
import { draw, insideOf, type Line } from './plot.ts';
import { type Axis, reach, type State } from './state.ts';
import { figure } from './tables.ts';

const across = {
  logit: { x: [-reach, reach], xLabel: 'logit x', xTicks: [-6, -4, -2, 0, 2, 4, 6] },
  pt: { x: [0, 1], xLabel: 'pₜ, probability of the true class', xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
} as const;

const parts = {
  value: { id: 'plot-loss', label: 'Loss', y: [0, 6], yTicks: [0, 1, 2, 3, 4, 5, 6] },
  grad: { id: 'plot-grad', label: 'Gradient', y: [-1.5, 1.5], yTicks: [-1.5, -1, -0.5, 0, 0.5, 1, 1.5] },
} as const;

let shown: Result | undefined;

/** Draws what the adapter said. */
export function showCurves(result: Result): void {
  shown = result;
  const { state, places, curve, reference, point } = result;
  const { axis, target } = state;
  const family = state.ghosts ? ghosts(result) : [];
  for (const part of ['value', 'grad'] as const) {
    const { id, label, y, yTicks } = parts[part];
    const line = (kind: Line['kind'], values: readonly number[]): Line => ({
      kind,
      points: values.map((value, i) => [places[i], value] as const),
    });
    draw(
      element(id),
      {
        ...across[axis],
        y,
        yTicks,
        label: `${label} against the ${axis === 'logit' ? 'logit' : 'probability of the true class'}`,
      },
      {
        lines: [
          ...family.map((values) => line('ghost', values[part])),
          line('reference', reference[part]),
          line('own', curve[part]),
        ],
        point: [placeOf(state.point, axis, target), point[part][0]],
      },
    );
  }
  element('figure-1').hidden = !state.ghosts;
  readOut(result);
  fillTable(result);
  leave({ result, rows });
}

function readOut({ state: { point, target }, point: own, pointReference }: Result): void {
  const p = 1 / (1 + Math.exp(-point));
  const text = (value: number) => value.toPrecision(3).replace('-', '−');
  element('readout').textContent =
    `p = ${p.toFixed(3)}, pₜ = ${probabilityOfTrue(point, target).toFixed(3)}: loss ${text(own.value[0])}, gradient ${text(own.grad[0])}. Cross-entropy: ${text(pointReference.value[0])}, ${text(pointReference.grad[0])}.`;
}

function fillTable({ table, tableReference }: Result): void {
  const body = element('table').querySelector('tbody');
  body?.replaceChildren(
    ...rows.map((logit, i) => {
      const row = document.createElement('tr');
      const p = 1 / (1 + Math.exp(-logit));
      for (const value of [logit, p, table.value[i], table.grad[i], tableReference.value[i]]) {
        row.insertCell().textContent = value === logit ? String(logit).replace('-', '−') : figure(value);
      }
      return row;
    }),
  );
}

/** Takes away what an adapter said that is no longer asked. */
export function clearCurves(): void {
  shown = undefined;
  for (const { id } of Object.values(parts)) element(id).replaceChildren();
  element('readout').textContent = '';
  element('table').querySelector('tbody')?.replaceChildren();
  leave({ result: undefined });
}

/** What was drawn, once more: in another size. */
export function redrawCurves(): void {
  if (shown !== undefined) showCurves(shown);
}

/** Lets the reader put the point by pointing at a plot. The slider does the same without a mouse. */
export function onPoint(state: () => State, callback: (logit: number) => void): void {
  for (const { id } of Object.values(parts)) {
    const plot = element(id);
    const pointed = ({ clientX }: PointerEvent) => {
      const { from, to } = insideOf(plot);
      const part = (clientX - plot.getBoundingClientRect().left - from) / (to - from);
      callback(logitAt(Math.min(Math.max(part, 0), 1), state().axis, state().target));
    };
    plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      plot.setPointerCapture(event.pointerId);
      pointed(event);
    });
    plot.addEventListener('pointermove', (event) => {
      if (plot.hasPointerCapture(event.pointerId)) pointed(event);
    });
  }
}

/** The logit at a part of the axis's length, as the slider has it: in tenths. */
function logitAt(part: number, axis: Axis, target: number): number {
  const [from, to] = across[axis].x;
  const logit = logitOf(from + part * (to - from), axis, target);
  return Math.round(10 * Math.min(Math.max(logit, -reach), reach)) / 10;
}
