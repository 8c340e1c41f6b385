/** The race on the page: starts it, steps it frame by frame, and draws how both detectors stand. */
import { sigmoidCrossEntropy } from '@focal-loss/core';
import { lossOf } from '../lossOf.ts';
import { element, leave, percent } from '../page.ts';
import { draw } from '../plot.ts';
import type { Plugged } from '../plug.ts';
import type { State } from '../state.ts';
import { ranges, sharesByDifficulty } from './difficulty.ts';
import { clearField, drawField } from './field.ts';
import { forward } from './perceptron.ts';
import { averagePrecision } from './precision.ts';
import { type Look, type Losses, type Race, raceHere } from './race.ts';
import { longest, type Start, start } from './setup.ts';

const canvases = ['field-reference', 'field-own'].map((id) => element<HTMLCanvasElement>(id));
const captions = ['precision-reference', 'precision-own'].map((id) => element(id));
const button = element<HTMLButtonElement>('train');

type Course = (readonly [step: number, precision: number])[];

/** A race that is on, and what is known of it. */
interface On {
  readonly start: Start;
  readonly backend: string;
  steps: number;
  readonly courses: readonly [Course, Course];
  looks?: readonly [Look, Look];
  shares?: readonly (readonly number[])[];
  measured: number;
}

/** Milliseconds between two measurements; fields are drawn more often. */
const pause = 120;

const frame = () => new Promise<number>((done) => requestAnimationFrame(done));

export interface TrainingView {
  /** Begins anew, after the next frame: of settings that follow each other quickly only the last begins. */
  begin(plugged: Plugged, state: State): void;
  /** Ends, and takes away what was drawn. */
  clear(): void;
  /** Whether the view is looked at. */
  seen(visible: boolean): void;
  redraw(): void;
}

/**
 * @param speed Steps a frame, as the reader has it now.
 * @param failed Told what went wrong in a race that is on.
 */
export function trainingView(speed: () => number, failed: (error: unknown) => void): TrainingView {
  let generation = 0;
  let on: On | undefined;
  let previous: Course = [];
  // Who asked for less motion starts it by hand.
  let playing = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  let visible = true;
  let wake = () => {};
  let again = () => {};

  const finished = () => on !== undefined && on.steps >= longest;

  function showButton(): void {
    button.textContent = finished() ? 'Train again' : playing ? 'Pause' : 'Train';
  }
  button.addEventListener('click', () => {
    if (finished()) {
      playing = true;
      again();
    } else playing = !playing;
    showButton();
    wake();
  });
  showButton();

  async function run({ backend, race: raceThere }: Plugged, state: State): Promise<void> {
    const mine = ++generation;
    const current = () => mine === generation;
    await frame();
    if (!current()) return;
    const each = { reduction: 'mean', normalizer: 'positives' } as const;
    const losses: Losses = [sigmoidCrossEntropy(each), lossOf(state, each)];
    let race: Race | undefined;
    let looking: Promise<void> | undefined;
    try {
      const begin = start(state);
      race = raceThere ? await raceThere(losses, begin) : raceHere(backend, losses, begin);
      if (!current()) return;
      if (on !== undefined && on.courses[1].length > 8) previous = on.courses[1];
      const here: On = { start: begin, backend: backend.name, steps: 0, courses: [[], []], measured: -Infinity };
      on = here;
      const racing = race;
      const look = async () => {
        const { steps } = here;
        const looks = await racing.look();
        if (current()) show(here, looks, steps);
      };
      const rate = frames();
      for (;;) {
        while (current() && here.steps > 0 && !(playing && visible)) {
          await looking;
          await new Promise<void>((done) => {
            wake = done;
          });
          rate.reset();
        }
        const time = await frame();
        if (!current()) return;
        here.steps += await race.step(here.steps === 0 ? 1 : Math.min(speed(), longest - here.steps));
        if (!current()) return;
        say(here, rate.at(time));
        if (here.steps >= longest) break;
        // Steps do not wait for what is drawn of them.
        looking ??= look()
          .catch((error) => {
            if (current()) failed(error);
          })
          .finally(() => {
            looking = undefined;
          });
      }
      await looking;
      here.measured = -Infinity;
      await look();
      showButton();
    } catch (error) {
      if (current()) failed(error);
    } finally {
      await looking;
      race?.dispose();
    }
  }

  function say({ steps }: On, rate: number | undefined): void {
    const speed = rate === undefined || steps >= longest ? '' : ` · ${rate} frames a second`;
    element('training-status').textContent =
      `Step ${steps.toLocaleString('en')} of ${longest.toLocaleString('en')}${speed}`;
  }

  function show(here: On, looks: readonly [Look, Look], steps: number): void {
    here.looks = looks;
    for (const [i, { weights }] of looks.entries()) drawField(canvases[i], weights, here.start.points);
    const now = performance.now();
    if (now - here.measured < pause) return;
    here.measured = now;
    const { points, heldOut, weight } = here.start;
    const scores = new Float32Array(heldOut.labels.length);
    for (const [i, { weights, slopes }] of looks.entries()) {
      if (slopes.some(Number.isNaN))
        throw new Error('This loss gave a slope that is no number: it cannot be trained with.');
      forward(weights, heldOut.at, scores);
      here.courses[i].push([steps, averagePrecision(scores, heldOut.labels, weight)]);
    }
    here.shares = looks.map(({ logits, slopes }) => sharesByDifficulty(logits, points.labels, slopes));
    plots(here);
  }

  function plots({ courses, shares = [], backend }: On): void {
    const steps = courses[0].at(-1)?.[0] ?? 0;
    const precisions = courses.map((course) => course.at(-1)?.[1] ?? 0);
    captions.forEach((caption, i) => {
      caption.textContent = precisions[i].toFixed(2);
    });
    const [reference, own] = shares.map((share) => share[ranges - 1]);
    element('easy').textContent =
      `Easy points (pₜ ≥ 0.9) make ${percent(reference)} of cross-entropy’s gradient, and ${percent(own)} of this loss’s.`;
    const unit = [0, 0.2, 0.4, 0.6, 0.8, 1];
    draw(
      element('plot-difficulty'),
      {
        label: 'Share of the gradient by the probability of the true class, for cross-entropy and this loss',
        xLabel: 'pₜ: hard → easy',
        x: [0, 1],
        y: [0, 1],
        xTicks: unit,
        yTicks: unit,
      },
      {
        bars: [
          { kind: 'reference', heights: shares[0] },
          { kind: 'own', heights: shares[1] },
        ],
      },
    );
    const top = Math.max(0.1, ...[...courses, previous].flatMap((course) => course.map(([, precision]) => precision)));
    const high = Math.min(1, Math.ceil(top * 10 + 0.2) / 10);
    draw(
      element('plot-precision'),
      {
        label: 'Average precision on other points over the steps, for cross-entropy and this loss',
        xLabel: 'steps',
        x: [0, longest],
        y: [0, high],
        xTicks: [0, longest / 3, (2 * longest) / 3, longest],
        yTicks: [0, high / 2, high],
      },
      {
        lines: [
          { kind: 'previous', points: previous },
          { kind: 'reference', points: courses[0] },
          { kind: 'own', points: courses[1] },
        ],
      },
    );
    leave({ training: { backend, steps, precisions, shares } });
  }

  return {
    begin(plugged, state) {
      again = () => this.begin(plugged, state);
      run(plugged, state);
      // The one before waits, perhaps, and has to notice that it is over.
      wake();
      showButton();
    },
    clear() {
      generation++;
      wake();
      on = undefined;
      again = () => {};
      canvases.forEach(clearField);
      for (const caption of captions) caption.textContent = '–';
      for (const id of ['plot-difficulty', 'plot-precision', 'easy', 'training-status']) element(id).replaceChildren();
      leave({ training: undefined });
    },
    seen(now) {
      visible = now;
      if (now) wake();
    },
    redraw() {
      if (on?.looks === undefined) return;
      for (const [i, { weights }] of on.looks.entries()) drawField(canvases[i], weights, on.start.points);
      if (on.shares !== undefined) plots(on);
    },
  };
}

/** Frames a second, over the last half second or more. */
function frames() {
  let times: number[] = [];
  let rate: number | undefined;
  return {
    reset() {
      times = [];
    },
    at(time: number): number | undefined {
      times.push(time);
      const took = time - times[0];
      if (took > 500) {
        rate = Math.round((1000 * (times.length - 1)) / took);
        times = [time];
      }
      return rate;
    },
  };
}
