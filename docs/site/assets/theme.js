// The theme of the reader's system, or the one chosen with the button.
(() => {
  const key = 'focal-loss-theme';
  const themes = ['os', 'light', 'dark'];
  const read = () => {
    try {
      const kept = localStorage.getItem(key);
      return themes.includes(kept) ? kept : 'os';
    } catch {
      return 'os'; // storage is closed to this page
    }
  };
  const apply = (theme) => {
    if (theme === 'os') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  apply(read());
  document.addEventListener('DOMContentLoaded', () => {
    const menu = document.getElementById('menu');
    // Wide windows show the list of pages at the side, always.
    const wide = matchMedia('(min-width: 60rem)');
    const fit = () => {
      if (menu) menu.open = wide.matches;
    };
    fit();
    wide.addEventListener('change', fit);

    const button = document.getElementById('theme');
    if (!button) return;
    const words = { os: 'System', light: 'Light', dark: 'Dark' };
    const show = () => {
      button.textContent = words[read()];
      button.setAttribute('aria-label', `Theme: ${words[read()]}`);
    };
    button.hidden = false;
    show();
    button.addEventListener('click', () => {
      const next = themes[(themes.indexOf(read()) + 1) % themes.length];
      try {
        localStorage.setItem(key, next);
      } catch {
        // The choice then lasts as long as the page.
      }
      apply(next);
      show();
    });
  });
})();
