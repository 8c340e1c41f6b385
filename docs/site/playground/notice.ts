/** What the page says to its reader while it works: how things stand, what went wrong, and what can be done about it. */
import { element } from './page.ts';

const status = element('status');
const took = element('took');
const problem = element('problem');
const action = element<HTMLButtonElement>('action');

let act: (() => void) | undefined;
action.addEventListener('click', () => act?.());

function show(into: HTMLElement, text: string, name?: string, work?: () => void): void {
  const other = into === status ? problem : status;
  other.textContent = '';
  problem.hidden = into !== problem;
  took.textContent = '';
  // A reader of the screen is told again only what is new.
  if (into.textContent !== text) into.textContent = text;
  act = work;
  // A button that goes takes the place on the page along, unless it is handed on.
  if (work === undefined && document.activeElement === action) element('adapter').focus({ preventScroll: true });
  action.hidden = work === undefined;
  action.textContent = name ?? '';
}

/** How things stand, and what of it need not be read out each time it changes. */
export function say(text: string, more = ''): void {
  show(status, text);
  took.textContent = more;
}

/** Something that waits for the reader's word. */
export const offer = (text: string, name: string, work: () => void): void => show(status, text, name, work);

/** What went wrong, and a button to try it again. */
export const fail = (text: string, again: () => void): void => show(problem, text, 'Try again', again);
