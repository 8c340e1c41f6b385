import type { Figures } from './published.ts';

const gammas = [0, 0.5, 1, 2, 5];

/** FL(p_t) = −(1 − p_t)^γ log p_t, a row for each p_t and a column for each γ. */
const table: Readonly<Record<string, readonly string[]>> = {
  '0.01': ['4.60517', '4.58209', '4.55912', '4.51353', '4.37947'],
  '0.1': ['2.30259', '2.18442', '2.07233', '1.86509', '1.35965'],
  '0.2': ['1.60944', '1.43953', '1.28755', '1.03004', '.527381'],
  '0.3': ['1.20397', '1.00732', '.842781', '.589947', '.202352'],
  '0.5': ['.693147', '.490129', '.346574', '.173287', '.0216608'],
  '0.7': ['.356675', '.195359', '.107002', '.0321007', '8.6672e-4'],
  '0.8': ['.223144', '.0997928', '.0446287', '.00892574', '7.14059e-5'],
  '0.9': ['.105361', '.0333179', '.0105361', '.00105361', '1.05361e-6'],
  '0.95': ['.0512933', '.0114695', '.00256466', '1.28233e-4', '1.60292e-8'],
  '0.99': ['.0100503', '.00100503', '1.00503e-4', '1.00503e-6', '1.00503e-12'],
};

/** The digits after the point. */
function decimals(figure: string): number {
  const [mantissa, exponent = '0'] = figure.split('e');
  return mantissa.split('.')[1].length - Number(exponent);
}

/** Half a unit of the last digit, and what the rounding of a float32 logit and of a GPU's arithmetic may add. */
const tolerance = (places: number, value: readonly number[]) => 0.5 * 10 ** -places + 1e-5 * Math.max(...value);

/** The curves of figure 1, figures of equally many decimals together, because a case has one tolerance. */
export const curves = (paper: string): Figures[] =>
  gammas.flatMap((gamma, column) => {
    const points = Object.entries(table).map(([p, row]) => ({ p: Number(p), figure: row[column] }));
    const precisions = [...new Set(points.map(({ figure }) => decimals(figure)))];
    return precisions.map((places) => {
      const group = points.filter(({ figure }) => decimals(figure) === places);
      const value = group.map(({ figure }) => Number(figure));
      return {
        id: `figure-1/gamma=${gamma}/${places}-places`,
        source: `${paper}, the curves of figure 1 at p_t = ${group.map(({ p }) => p).join(', ')}`,
        loss: { factory: 'sigmoidFocal', options: { gamma, reduction: 'none' } },
        input: { logits: group.map(({ p }) => Math.log(p / (1 - p))), targets: group.map(() => 1) },
        expect: { value, tolerance: tolerance(places, value) },
      };
    });
  });
