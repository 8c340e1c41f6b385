/** The filter over the table of clauses: shows the rows that have all of the words, in whatever column. */

const widget = document.querySelector<HTMLElement>('[data-widget="clauses"]');

if (widget !== null) {
  const bar = widget.querySelector('.filter') as HTMLElement;
  const input = widget.querySelector('input') as HTMLInputElement;
  const count = widget.querySelector('output') as HTMLOutputElement;
  const rows = Array.from(widget.querySelectorAll<HTMLElement>('tbody tr'), (row) => ({
    row,
    text: (row.textContent ?? '').toLowerCase(),
  }));

  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    count.value = `${shown} of ${rows.length}`;
  };

  input.addEventListener('input', filter);
  bar.hidden = false;
  filter();

  // A link to a clause leads to its row, also if the filter hid it, and opens what more there is to say.
  const follow = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row === null || !widget.contains(row)) return;
    input.value = '';
    filter();
    const details = row.querySelector('details');
    if (details !== null) details.open = true;
    row.scrollIntoView({ block: 'start' });
  };
  addEventListener('hashchange', follow);
  follow();
}
