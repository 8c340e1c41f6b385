// What a page can do beside being read: copy code, choose between two forms of it, say where one is, and hint at what scrolls.
(() => {
  const keep = {
    read: (key) => {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // storage is closed to this page
      }
    },
    write: (key, value) => {
      try {
        localStorage.setItem(key, value);
      } catch {
        // The choice then lasts as long as the page.
      }
    },
  };

  /** A button that copies the block it stands in. */
  function copier(block) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy this code');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(block.querySelector('code').textContent);
        button.textContent = 'Copied';
      } catch {
        // Without the clipboard, the code is at least selected.
        getSelection().selectAllChildren(block.querySelector('code'));
        button.textContent = 'Selected';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
    block.append(button);
  }

  /** Turns blocks that stand one below the other into tabs. A choice holds for all blocks of its group, on all pages. */
  function tabs(group, index) {
    const panels = [...group.children];
    const list = document.createElement('div');
    list.setAttribute('role', 'tablist');
    list.setAttribute('aria-label', group.dataset.group === 'manager' ? 'Package manager' : 'Language');
    for (const [i, panel] of panels.entries()) {
      const tab = document.createElement('button');
      tab.type = 'button';
      tab.textContent = panel.dataset.choice;
      tab.id = `tab-${index}-${i}`;
      panel.id = `panel-${index}-${i}`;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', panel.id);
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', tab.id);
      tab.addEventListener('click', () => choose(group.dataset.group, panel.dataset.choice, tab));
      list.append(tab);
    }
    list.addEventListener('keydown', ({ key }) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      const other = [...list.children].find((tab) => tab.getAttribute('aria-selected') === 'false');
      other.click();
      other.focus();
    });
    group.prepend(list);
  }

  function choose(name, choice, clicked) {
    const before = clicked?.getBoundingClientRect().top;
    for (const group of document.querySelectorAll(`.variants[data-group="${name}"]`)) {
      for (const panel of group.querySelectorAll('[role="tabpanel"]')) {
        const on = panel.dataset.choice === choice;
        panel.hidden = !on;
        const tab = document.getElementById(panel.getAttribute('aria-labelledby'));
        tab.setAttribute('aria-selected', String(on));
        tab.tabIndex = on ? 0 : -1;
      }
    }
    if (clicked === undefined) return;
    keep.write(`focal-loss-${name}`, choice);
    // Blocks above may have become shorter: what was clicked stays where it was.
    scrollBy(0, clicked.getBoundingClientRect().top - before);
  }

  /** Marks in the contents which part is being read. */
  function spy(nav) {
    const links = new Map([...nav.querySelectorAll('a')].map((link) => [link.hash.slice(1), link]));
    const parts = [...links.keys()].map((id) => document.getElementById(decodeURIComponent(id))).filter(Boolean);
    const mark = () => {
      // At the end of the page its last parts may never reach the top.
      const ended = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
      const above = parts.filter((part) => part.getBoundingClientRect().top < 120).at(-1) ?? parts[0];
      const reached = ended ? parts.at(-1) : above;
      for (const link of links.values()) {
        if (decodeURIComponent(link.hash.slice(1)) === reached.id) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
    };
    addEventListener('scroll', mark, { passive: true });
    mark();
  }

  /** Says of what is wider than its place that it scrolls, until it has been scrolled. */
  function hints() {
    for (const box of document.querySelectorAll('.scroll, pre.code')) {
      const wider = box.scrollWidth > box.clientWidth + 1;
      const holder = box.closest('.block') ?? box;
      box.classList.toggle('wider', wider);
      if (wider && !box.dataset.hinted) {
        box.dataset.hinted = 'yes';
        box.addEventListener('scroll', () => holder.classList.add('scrolled'), { once: true, passive: true });
      }
    }
  }

  for (const block of document.querySelectorAll('.block')) copier(block);
  for (const [i, group] of [...document.querySelectorAll('.variants')].entries()) tabs(group, i);
  for (const [name, first] of Object.entries({ language: 'TypeScript', manager: 'npm' })) {
    choose(name, keep.read(`focal-loss-${name}`) ?? first);
  }
  const nav = document.querySelector('.contents');
  if (nav) spy(nav);
  hints();
  // What a program writes into a page, and a window of another size, change the size of what is in it.
  new ResizeObserver(hints).observe(document.querySelector('main'));
})();
