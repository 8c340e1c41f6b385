/** Rows as an HTML table in an element; the keys of the first row are its columns. */
export function showTable(into: HTMLElement, rows: readonly Readonly<Record<string, string>>[]): void {
  const cell = (tag: 'th' | 'td', text: string) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (tag === 'th') made.scope = 'col';
    return made;
  };
  const line = (cells: readonly HTMLElement[]) => {
    const row = document.createElement('tr');
    row.append(...cells);
    return row;
  };
  const columns = Object.keys(rows[0] ?? {});
  const table = document.createElement('table');
  table.createTHead().append(line(columns.map((name) => cell('th', name))));
  const body = table.createTBody();
  body.append(...rows.map((row) => line(columns.map((name) => cell('td', row[name] ?? '')))));
  const scroll = document.createElement('div');
  scroll.className = 'scroll';
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'group');
  scroll.setAttribute('aria-label', 'table');
  scroll.append(table);
  into.replaceChildren(scroll);
}

/** A number for a table: as many digits as float32 has, no more than a reader wants. */
export const figure = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? value.toPrecision(7) : value.toExponential(6);
  return text.replace(/^-/, '−').replace('e-', 'e−').replace('e+', 'e');
};
