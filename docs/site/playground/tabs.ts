/** The views of the playground as tabs: arrows go from one to the next, as readers of the keyboard know it. */
import { element } from './page.ts';
import { type View, views } from './state.ts';

const tab = (view: View) => element<HTMLButtonElement>(`tab-${view}`);

/** Shows a view, and of the controls those that it has. */
export function showView(view: View): void {
  for (const one of views) {
    tab(one).setAttribute('aria-selected', String(one === view));
    tab(one).tabIndex = one === view ? 0 : -1;
    element(`view-${one}`).hidden = one !== view;
  }
  for (const group of document.querySelectorAll<HTMLElement>('[data-view]')) group.hidden = group.dataset.view !== view;
}

/** Calls back when the reader chooses a view. */
export function onView(callback: (view: View) => void): void {
  for (const [i, view] of views.entries()) {
    tab(view).addEventListener('click', () => callback(view));
    tab(view).addEventListener('keydown', ({ key }) => {
      const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: views.length - 1 }[key];
      if (to === undefined) return;
      const next = views[(to + views.length) % views.length];
      callback(next);
      tab(next).focus();
    });
  }
}
