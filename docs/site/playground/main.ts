/** The playground: reads the form, asks the adapter, draws. */
import { keep, kept, tried } from './address.ts';
import { connect, lock } from './buttons.ts';
import { onChange, read, show } from './controls.ts';
import { compute } from './curves.ts';
import { clearCurves, onPoint, redrawCurves, showCurves } from './curvesView.ts';
import { fail, offer, say } from './notice.ts';
import { close, isOpen, open } from './opening.ts';
import { element } from './page.ts';
import { words } from './part.ts';
import type { Plugged } from './plug.ts';
import { clearShares, compare, onOwn, redrawShares, showShares } from './sharesView.ts';
import { bytesOf, megabytes, nameSizes } from './sizes.ts';
import { initial, lastSeed, type State } from './state.ts';
import { onView, showView } from './tabs.ts';
import { trainingView } from './training/view.ts';

const options = [...element<HTMLSelectElement>('adapter').options];
const adapters = options.map(({ value }) => value);
/** More than this is loaded only when the reader says so: on a phone it costs. */
const much = 1e6;

let state = kept(adapters);
let plugged: Plugged | undefined;
let choice = 0;

const training = trainingView(() => state.speed, broken);

/** Takes away everything that an adapter said that is no longer there. */
function clear(): void {
  plugged = undefined;
  trained = undefined;
  lock(true);
  training.clear();
  clearCurves();
  clearShares();
}

/** What went wrong with the adapter that is there. It is opened anew if the reader says so. */
function broken(error: unknown): void {
  const key = state.adapter;
  close(key);
  clear();
  fail(words(error), () => choose(true));
}

/** Makes the chosen adapter ready, fetching it on its first use. */
async function choose(agreed = false): Promise<void> {
  const mine = ++choice;
  const key = state.adapter;
  clear();
  // The one that the page opens with is small, and nobody should wait for its size.
  const bytes = agreed || isOpen(key) || key === initial.adapter ? 0 : await bytesOf(key);
  if (mine !== choice) return;
  if (bytes > much) {
    offer(`${key} loads ${megabytes(bytes)}, less where the server compresses it.`, `Load ${megabytes(bytes)}`, () =>
      choose(true),
    );
    return;
  }
  say(`Loading ${key} …`);
  try {
    const ready = await open(key);
    if (mine !== choice) return;
    plugged = ready;
    element('own-name').textContent = `this loss, by ${ready.backend.name}`;
    lock(false);
    update();
    train();
  } catch (error) {
    if (mine === choice) fail(words(error), () => choose(true));
  }
}

let busy = false;
let again = false;

/** Computes and draws the current setting. While one is under way, only the latest of the next ones is kept. */
async function update(): Promise<void> {
  if (plugged === undefined) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  const asked = plugged;
  try {
    const { backend } = asked;
    const started = performance.now();
    const result = await compute(backend, state);
    const took = performance.now() - started;
    if (asked === plugged) {
      showCurves(result);
      // What it took changes all the time, which no reader of the screen wants to hear.
      say(`Computed by ${backend.name}.`, `The curves took ${took.toFixed(1)} ms.`);
    }
    if (state.view === 'shares') await updateShares(asked);
  } catch (error) {
    if (asked === plugged) broken(error);
  } finally {
    busy = false;
    if (again) {
      again = false;
      update();
    }
  }
}

/** Shares need logits that may not come: that is no fault of the adapter. */
async function updateShares(asked: Plugged): Promise<void> {
  const compared = await compare(asked.backend, state).catch((error: unknown) => error);
  if (asked !== plugged) return;
  if (!(compared instanceof Error)) return showShares(compared as Awaited<ReturnType<typeof compare>>);
  clearShares();
  fail(words(compared), update);
}

/** What a race depends on. */
const key = ({ loss, params, alpha, imbalance, prior, seed }: State) =>
  JSON.stringify([loss, params, alpha, imbalance, prior, seed]);

/** What the race that is on was begun for. */
let trained: string | undefined;

/** Begins a race, where one is looked at and it is not the one that is on. */
function train(): void {
  if (plugged === undefined || state.view !== 'training' || trained === key(state)) return;
  trained = key(state);
  training.begin(plugged, state);
}

/** Takes a new state: into the form, the address and everything that is drawn. */
function change(next: State): void {
  const before = state;
  state = next;
  show(state);
  keep(state);
  showView(state.view);
  training.seen(state.view === 'training');
  if (before.adapter !== state.adapter) return void choose();
  update();
  train();
}

function redraw(): void {
  redrawCurves();
  redrawShares();
  training.redraw();
}

onChange(() => change(read(state)));
onView((view) => {
  change({ ...state, view });
  redraw();
});
onPoint(
  () => state,
  (point) => change({ ...state, point }),
);
onOwn(() => change({ ...state, view: 'shares' }));
element('restart').addEventListener('click', () => {
  trained = undefined;
  train();
});
element('other-points').addEventListener('click', () => change({ ...state, seed: (state.seed % lastSeed) + 1 }));
for (const button of document.querySelectorAll<HTMLElement>('[data-try]')) {
  button.addEventListener('click', () => {
    change(tried(state, button.dataset.try ?? '', adapters));
    element('playground').scrollIntoView();
  });
}
connect(() => plugged?.backend);
// Sizes and colours: what was drawn is drawn again.
new ResizeObserver(redraw).observe(element('views'));
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
window.addEventListener('hashchange', () => {
  // A heading's address says nothing of a state.
  if (/=|%7B|\{/.test(location.hash)) change(kept(adapters));
});

nameSizes(options);
show(state);
showView(state.view);
training.seen(state.view === 'training');
choose();
