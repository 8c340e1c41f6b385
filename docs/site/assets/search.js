// The search box. It looks through two scripts that are fetched when it is first used, and asks nobody.
(() => {
  const root = document.currentScript.dataset.root;
  const box = document.getElementById('search');
  const input = box.querySelector('input');
  const found = document.getElementById('found');
  const most = 12;
  let ready;

  const load = (name) =>
    new Promise((resolve) => {
      const script = document.createElement('script');
      script.src = `${root}${name}`;
      script.onload = resolve;
      script.onerror = resolve; // what is missing is not found
      document.head.append(script);
    });
  const index = () => {
    ready ??= Promise.all([load('assets/search-pages.js'), load('api/search-api.js')]).then(() => {
      const { pages = [], api = [] } = globalThis.focalLossSearch ?? {};
      return [...pages, ...api].map((place) => ({
        ...place,
        title: plain(`${place.h ?? ''} ${place.h ? '' : place.p}`),
        all: plain(`${place.p} ${place.h ?? ''} ${place.t}`),
      }));
    });
    return ready;
  };

  /** Greek letters are found by their names as well, and accents do not matter. */
  const greek = { α: 'alpha', β: 'beta', γ: 'gamma', ε: 'epsilon', η: 'eta', π: 'pi', σ: 'sigma' };
  const plain = (text) => text.toLowerCase().replace(/[αβγεηπσ]/g, (letter) => `${letter} ${greek[letter]}`);

  /** How well a place fits, 0 if a word is missing. */
  function fits(place, words) {
    let score = 0;
    for (const word of words) {
      const at = place.title.indexOf(word);
      if (at >= 0) score += /\w/.test(place.title[at - 1] ?? ' ') ? 6 : 12;
      else if (place.all.includes(word)) score += 1;
      else return 0;
    }
    if (place.title.trim() === words.join(' ')) score += 20;
    // A page before its parts, and guides before bare names.
    return score + (place.h === undefined ? 3 : 0) + (place.t === '' ? 0 : 1);
  }

  /** The words around the first hit. */
  function excerpt(text, words) {
    const low = text.toLowerCase();
    const at = Math.min(
      ...words.map((word) => low.indexOf(word)).filter((place) => place >= 0),
      Number.POSITIVE_INFINITY,
    );
    if (at === Number.POSITIVE_INFINITY) return text.slice(0, 110);
    const from = Math.max(0, at - 40);
    return `${from > 0 ? '… ' : ''}${text.slice(from, from + 120)}`;
  }

  const element = (tag, className, text) =>
    Object.assign(document.createElement(tag), { className, textContent: text });

  async function look() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return close();
    const asked = input.value;
    const places = await index();
    if (asked !== input.value) return;
    const hits = places
      .map((place) => ({ place, score: fits(place, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score);
    const status = element(
      'p',
      'status',
      hits.length === 0
        ? 'Nothing found.'
        : hits.length > most
          ? `The best ${most} of ${hits.length}`
          : `${hits.length} found`,
    );
    status.setAttribute('role', 'status');
    const list = document.createElement('ul');
    for (const { place } of hits.slice(0, most)) {
      const link = document.createElement('a');
      link.href = root + place.a;
      link.append(
        element('strong', '', place.h ?? place.p),
        element('small', '', place.h === undefined ? '' : place.p),
      );
      if (place.t !== '') link.append(element('span', '', excerpt(place.t, words)));
      const item = document.createElement('li');
      item.append(link);
      list.append(item);
    }
    found.replaceChildren(status, list);
    found.hidden = false;
  }

  function close() {
    found.hidden = true;
    found.replaceChildren();
  }

  box.hidden = false;
  input.addEventListener('focus', index);
  input.addEventListener('input', look);
  box.addEventListener('keydown', (event) => {
    const links = [...found.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === 'Escape') {
      close();
      input.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const next = at + (event.key === 'ArrowDown' ? 1 : -1);
      (next < 0 ? input : links[Math.min(next, links.length - 1)])?.focus();
    } else if (event.key === 'Enter' && document.activeElement === input) links[0]?.click();
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, select, textarea, [contenteditable]');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (!box.contains(target)) close();
  });
  box.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !box.contains(relatedTarget)) close();
  });
})();
