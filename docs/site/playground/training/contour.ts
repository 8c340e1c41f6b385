/**
 * Where a field that is known on a grid crosses zero, as short lines: of each square of the grid those between its crossed sides
 * (marching squares).
 *
 * @param columns How many values a row of the grid has.
 * @returns x and y of the two ends of each line, in columns and rows.
 */
export function contour(values: ArrayLike<number>, columns: number): number[] {
  const lines: number[] = [];
  const rows = values.length / columns;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const corners = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      // The four sides, clockwise; a crossing lies where the line between the corners is zero.
      for (let side = 0; side < 4; side++) {
        const [from, to] = [corners[side], corners[(side + 1) % 4]];
        if (from > 0 === to > 0) continue;
        const part = from / (from - to);
        const [dx, dy] = [
          [part, 0],
          [1, part],
          [1 - part, 1],
          [0, 1 - part],
        ][side];
        lines.push(column + dx, row + dy);
      }
    }
  }
  return lines;
}
