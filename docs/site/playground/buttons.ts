/** The buttons that examine and time the adapter. What they need is fetched when they are pressed. */
import type { Backend } from '@focal-loss/conformance';
import { element, leave } from './page.ts';
import { part, words } from './part.ts';
import { showTable } from './tables.ts';
import { remarks, verdict } from './verdict.ts';

const button = (name: string) => element<HTMLButtonElement>(`run-${name}`);
const names = ['conformance', 'benchmark'] as const;

/** Allows the buttons, or does not. */
export const lock = (locked: boolean): void => {
  for (const name of names) button(name).disabled = locked;
};

/** Connects the buttons with the adapter that is there when one is pressed. */
export function connect(backend: () => Backend | undefined): void {
  const works = { conformance, benchmark };
  for (const name of names) button(name).addEventListener('click', () => pressed(name, backend(), works[name]));
}

async function pressed(
  name: (typeof names)[number],
  asked: Backend | undefined,
  work: (asked: Backend, note: HTMLElement) => Promise<void>,
): Promise<void> {
  if (asked === undefined) return;
  const chosen = element<HTMLSelectElement>('adapter');
  lock(true);
  chosen.disabled = true;
  element(`${name}-result`).replaceChildren();
  const note = element(`${name}-status`);
  note.className = '';
  try {
    await work(asked, note);
  } catch (error) {
    note.textContent = words(error);
    note.className = 'problem';
  } finally {
    lock(false);
    chosen.disabled = false;
    button(name).focus();
  }
}

async function conformance(asked: Backend, note: HTMLElement): Promise<void> {
  note.textContent = 'Fetching the golden vectors …';
  const { examine } = await part<typeof import('./conformance.ts')>('conformance');
  const report = await examine(asked, (done, total) => {
    note.textContent = `${done} of ${total} checks …`;
  });
  leave({ report });
  note.textContent = verdict(report);
  note.className = / passes/.test(note.textContent) ? 'good' : 'problem';
  if (report.verdict === 'not run') return;
  const into = element('conformance-result');
  const declared = report.clauses.some(({ expectedFailures }) => expectedFailures > 0);
  showTable(
    into,
    report.clauses.map((clause) => ({
      clause: clause.id,
      checks: String(clause.checks),
      failed: String(clause.failed),
      ...(declared && { 'failed as declared': String(clause.expectedFailures) }),
      'not supported': String(clause.notSupported),
      'worst value': clause.worst.value?.error.toExponential(1) ?? '',
      gradient: clause.worst.grad?.error.toExponential(1) ?? '',
      allowed: clause.allowance.toExponential(0),
    })),
  );
  for (const text of remarks(report)) into.append(Object.assign(document.createElement('p'), { textContent: text }));
}

async function benchmark(asked: Backend, note: HTMLElement): Promise<void> {
  const { benchmark } = await part<typeof import('./benchmark.ts')>('benchmark');
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
}
