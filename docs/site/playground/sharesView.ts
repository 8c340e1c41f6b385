/** Who has which share of the loss: a real detector's logits for one photograph, or the reader's own. */
import type { Backend } from '@focal-loss/conformance';
import { sigmoidCrossEntropy } from '@focal-loss/core';
import url from '../../examples/real-input/detections.json?url';
import { ask } from './ask.ts';
import { readPairs } from './csv.ts';
import { lossOf } from './lossOf.ts';
import { element, leave, percent } from './page.ts';
import { words } from './part.ts';
import { draw } from './plot.ts';
import { type Anchors, type Shares, sharesOf } from './shares.ts';
import type { State } from './state.ts';

interface Named extends Anchors {
  readonly name: string;
}

let detector: Promise<Named> | undefined;
let own: Named | undefined;

/** The logits that are looked at. The detector's are fetched when they are first wanted, and again where that failed. */
function anchors(): Promise<Named> {
  if (own !== undefined) return Promise.resolve(own);
  detector ??= fetch(url)
    .then((response) => {
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.json();
    })
    .then(({ logits, targets, ignoreIndex }) => ({
      name: 'a pretrained face detector, one photograph',
      logits,
      targets,
      ignoreIndex,
    }))
    .catch((error) => {
      detector = undefined;
      throw new Error(`The detector’s logits did not load. Is the connection there? (${words(error)})`);
    });
  return detector;
}

/** Shares of a setting and of cross-entropy. */
export interface Compared {
  readonly state: State;
  readonly name: string;
  readonly count: number;
  readonly own: Shares;
  readonly reference: Shares;
}

/** Asks the adapter for the losses of all anchors. */
export async function compare(backend: Backend, state: State): Promise<Compared> {
  const at = await anchors();
  const { ignoreIndex } = at;
  const part = state.of === 'loss' ? 'value' : 'grad';
  const reference = sigmoidCrossEntropy({ reduction: 'none', ...(ignoreIndex !== undefined && { ignoreIndex }) });
  const shares = [];
  for (const loss of [lossOf(state, { reduction: 'none', ignoreIndex }), reference]) {
    shares.push(sharesOf((await ask(backend, loss, at.logits, at.targets))[part], at));
  }
  return { state, name: at.name, count: at.logits.length, own: shares[0], reference: shares[1] };
}

let shown: Compared | undefined;

export function showShares(compared: Compared): void {
  shown = compared;
  const { state, name, count, own, reference } = compared;
  const unit = [0, 0.25, 0.5, 0.75, 1];
  for (const side of ['negatives', 'positives'] as const) {
    draw(
      element(`plot-${side}`),
      {
        label: `Cumulative share of the ${state.of} among ${side}, easiest first`,
        xLabel: `${side}, easiest first`,
        x: [0, 1],
        y: [0, 1],
        xTicks: unit,
        yTicks: unit,
      },
      {
        lines: [
          { kind: 'reference', points: reference[side] },
          { kind: 'own', points: own[side] },
        ],
      },
    );
  }
  const both = (share: (of: Shares) => number) =>
    `${percent(share(own))} (cross-entropy: ${percent(share(reference))})`;
  element('shares').textContent =
    `${count.toLocaleString('en')} logits: ${name}. Easy negatives, σ(x) < 0.1, have ${both(({ easy }) => easy)} of the ${state.of}; positives ${both(({ positive }) => positive)}.`;
  leave({ shares: compared });
}

export function clearShares(): void {
  shown = undefined;
  for (const side of ['negatives', 'positives']) element(`plot-${side}`).replaceChildren();
  element('shares').textContent = '';
  leave({ shares: undefined });
}

/** What was drawn, once more: in another size. */
export function redrawShares(): void {
  if (shown !== undefined) showShares(shown);
}

/**
 * Lets the reader bring logits of their own, by a button or by dropping a file. They stay in the page.
 *
 * @param changed Called when there are others to be shown, or a reason why there are not.
 */
export function onOwn(changed: () => void): void {
  const file = element<HTMLInputElement>('file');
  const back = element<HTMLButtonElement>('file-back');
  const note = element('file-status');
  const say = (text: string, problem: boolean) => {
    note.textContent = text;
    note.className = problem ? 'problem' : '';
  };
  async function take(given: File | undefined): Promise<void> {
    if (given === undefined) return;
    try {
      const { logits, labels } = readPairs(await given.text());
      own = { name: given.name, logits, targets: labels };
      back.hidden = false;
      say(`${given.name}: ${logits.length.toLocaleString('en')} lines.`, false);
    } catch (error) {
      say(`${given.name}: ${words(error)}`, true);
    }
    changed();
  }
  file.addEventListener('change', () => {
    take(file.files?.[0]);
    // So that the same file, corrected, is a change again.
    file.value = '';
  });
  back.addEventListener('click', () => {
    own = undefined;
    back.hidden = true;
    say('', false);
    file.focus();
    changed();
  });
  const area = element('playground');
  area.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    area.classList.add('over');
  });
  area.addEventListener('dragleave', () => area.classList.remove('over'));
  area.addEventListener('drop', (event) => {
    area.classList.remove('over');
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
