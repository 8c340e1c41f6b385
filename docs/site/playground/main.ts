/** The playground: reads the form, asks the adapter, draws. */
import adapters from 'virtual:adapters';
import type { Backend } from '@focal-loss/conformance';
import { keep, restore } from './address.ts';
import { element, onChange, settings } from './controls.ts';
import { axis, compute, lossOf, type Result, rows } from './curves.ts';
import { detector } from './detector.ts';
import { draw } from './plot.ts';
import { figure, showTable } from './tables.ts';

const status = element('status');
const chosen = element<HTMLSelectElement>('adapter');
const buttons = ['run-conformance', 'run-benchmark'].map((id) => element<HTMLButtonElement>(id));
const anchors = detector();
const opened = new Map<string, Promise<Backend>>();
let backend: Backend | undefined;

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Makes the chosen adapter ready, fetching it on its first use. */
async function choose(): Promise<void> {
  const key = chosen.value;
  say(`Loading ${key} …`);
  lock(true);
  backend = undefined;
  // A failure is not kept: the reader may have plugged in what was missing.
  const opening = opened.get(key) ?? adapters[key]().then((module) => module.default());
  opened.set(key, opening);
  try {
    const ready = await opening;
    if (chosen.value !== key) return;
    backend = ready;
    element('own-name').textContent = `this loss, by ${ready.name}`;
    lock(false);
    update();
  } catch (error) {
    opened.delete(key);
    if (chosen.value === key) say(words(error), true);
  }
}

function say(text: string, problem = false): void {
  status.textContent = text;
  status.classList.toggle('problem', problem);
}

const lock = (locked: boolean) => {
  for (const button of buttons) button.disabled = locked;
};

let busy = false;
let again = false;

/** Computes and draws the current setting. While one is under way, only the latest of the next ones is kept. */
async function update(): Promise<void> {
  const current = settings();
  if (busy || backend === undefined) {
    again = true;
    return;
  }
  busy = true;
  try {
    const asked = backend;
    const started = performance.now();
    const result = await compute(asked, current, await anchors);
    const took = performance.now() - started;
    if (asked === backend) {
      show(result);
      say(`Computed by ${asked.name} in ${took.toFixed(1)} ms.`);
    }
  } catch (error) {
    say(words(error), true);
  } finally {
    busy = false;
    if (again) {
      again = false;
      update();
    }
  }
}

const along = (values: readonly number[]) => values.map((value, i) => [axis[i], value] as const);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function show(result: Result): void {
  const { curve, reference, table, tableReference, shares } = result;
  const x = { x: [-6, 6], xLabel: 'logit x', xTicks: [-6, -4, -2, 0, 2, 4, 6] } as const;
  draw(element('plot-loss'), { ...x, label: 'Loss against the logit', y: [0, 6], yTicks: [0, 2, 4, 6] }, [
    { kind: 'reference', points: along(reference.value) },
    { kind: 'own', points: along(curve.value) },
  ]);
  draw(
    element('plot-grad'),
    { ...x, label: 'Gradient against the logit', y: [-1.4, 1.4], yTicks: [-1, -0.5, 0, 0.5, 1] },
    [
      { kind: 'reference', points: along(reference.grad) },
      { kind: 'own', points: along(curve.grad) },
    ],
  );
  const unit = [0, 0.25, 0.5, 0.75, 1];
  draw(
    element('plot-share'),
    {
      label: 'Cumulative share of the loss of a detector, easiest anchors first',
      xLabel: 'fraction of the anchors',
      x: [0, 1],
      y: [0, 1],
      xTicks: unit,
      yTicks: unit,
    },
    [
      { kind: 'positives', points: shares.positives },
      { kind: 'own', points: shares.negatives },
    ],
  );
  element('shares').textContent =
    `Its easy negatives, σ(x) < 0.1, take ${percent(shares.easy)} of this loss; its positives ${percent(shares.positive)}.`;
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
  // For tests, and for whoever opens the console.
  Object.assign(element('playground'), { result, axis, rows });
}

async function pressed(
  button: HTMLButtonElement,
  into: string,
  work: (asked: Backend) => Promise<void>,
): Promise<void> {
  const asked = backend;
  if (asked === undefined) return;
  lock(true);
  chosen.disabled = true;
  element(`${into}-result`).replaceChildren();
  const note = element(`${into}-status`);
  note.className = '';
  try {
    await work(asked);
  } catch (error) {
    note.textContent = words(error);
    note.className = 'problem';
  } finally {
    lock(false);
    chosen.disabled = false;
    button.focus();
  }
}

const [conformanceButton, benchmarkButton] = buttons;

conformanceButton.addEventListener('click', () =>
  pressed(conformanceButton, 'conformance', async (asked) => {
    const note = element('conformance-status');
    note.textContent = 'Fetching the golden vectors …';
    const { examine } = await import('./conformance.ts');
    const report = await examine(asked, (done, total) => {
      note.textContent = `${done} of ${total} checks …`;
    });
    const worst = (part: 'value' | 'grad') => report.worst[part]?.error.toExponential(1) ?? 'none';
    note.textContent =
      report.verdict === 'not run'
        ? `Not run: ${report.reason}`
        : `${report.backend.name} ${report.verdict}: ${report.checks} checks, ${report.failed} failed, worst error ${worst('value')} (value), ${worst('grad')} (gradient), allowed ${report.allowance.toExponential(0)}, at most ${report.largest?.toLocaleString('en')} logits at once, ${report.seconds.toFixed(1)} s.`;
    note.className = report.verdict === 'passes' ? 'good' : 'problem';
    if (report.verdict === 'not run') return;
    showTable(
      element('conformance-result'),
      report.clauses.map((clause) => ({
        clause: clause.id,
        checks: String(clause.checks),
        failed: String(clause.failed),
        'worst value': clause.worst.value?.error.toExponential(1) ?? '',
        gradient: clause.worst.grad?.error.toExponential(1) ?? '',
        allowed: clause.allowance.toExponential(0),
      })),
    );
    Object.assign(element('playground'), { report });
  }),
);

benchmarkButton.addEventListener('click', () =>
  pressed(benchmarkButton, 'benchmark', async (asked) => {
    const note = element('benchmark-status');
    const { benchmark } = await import('./benchmark.ts');
    const timings = await benchmark(asked, (round, of) => {
      note.textContent = `Round ${round} of ${of} …`;
    });
    note.textContent = '';
    showTable(
      element('benchmark-result'),
      timings.map(({ name, nanoseconds, ratio }) => ({
        '': name,
        'ns per element': nanoseconds.toFixed(2),
        'times as long': ratio.toFixed(2),
      })),
    );
  }),
);

chosen.addEventListener('change', choose);
onChange(() => {
  keep(lossOf(settings()));
  update();
});
restore();
settings();
choose();
