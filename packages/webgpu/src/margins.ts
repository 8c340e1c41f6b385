import { rowFunctions } from './ops.ts';
import { firstOf, ownClasses, placeOf } from './rows.ts';
import { type KernelSpec, WORKGROUP } from './spec.ts';
import { teamFirst, teamMax, teamSum } from './sums.ts';

type Rows = Pick<KernelSpec, 'lanes' | 'strided' | 'subgroup'>;

/**
 * Statements of a row that find what the margins of all its classes are made of, as core's `allMargins` does: `top`, the class
 * of the `largest` logit, `below`, the sum of the shares of the others, and of that class, whose others may be nothing beside
 * it, `second`, the largest of its others, `sumOfTop`, the sum of their shares, and `marginOfTop`. `none` holds if the row has
 * a NaN, or ∞ − ∞.
 *
 * @param look Statements about class j, which may add to `met`; bit 1 is for NaN.
 */
export function rowMargins(spec: Rows, look = ''): string {
  const team = spec.lanes > 1;
  const each = ownClasses(spec);
  const at = placeOf(spec, 'j');
  return `    var top = ${firstOf(spec)};
    var largest = bitcast<f32>(logit(${placeOf(spec, 'top')}));
    var met = 0u;
    ${each} {
      let bits = logit(${at});
      let x = bitcast<f32>(bits);
      met |= u32(isNan(bits));
      if (x > largest) { largest = x; top = j; }
${look}    }
${
  team
    ? `    let mine = largest;
    largest = teamMax(mine, local);
    top = teamFirst(select(call.classes - 1u, top, mine == largest), local);
`
    : ''
}
    var second = bitcast<f32>(logit(${placeOf(spec, 'select(0u, 1u, top == 0u)')}));
    var below = Sum(0.0, 0.0, 0.0, met);
    ${each} {
      let x = bitcast<f32>(logit(${at}));
      if (j != top) { second = max(second, x); below = plusTerm(below, share(x, largest)); }
    }
${team ? '    second = teamMax(second, local);\n    below = teamSum(below, local);\n' : ''}
    var shares = Sum();
    ${each} {
      if (j != top) { shares = plusTerm(shares, share(bitcast<f32>(logit(${at})), second)); }
    }
${team ? '    shares = teamSum(shares, local);\n' : ''}    let sumOfTop = shares.high + shares.low;
    let marginOfTop = marginOf(largest, second, sumOfTop);
    let none = (below.met & 1u) != 0u || (isInfinite(largest) && largest == second);
`;
}

/**
 * Statements about class j, in a loop: whether it `isTop`, its share `e` of the largest logit, the `sum` of the shares of the
 * others, and its `margin`.
 */
export const classMargin = (spec: Rows): string => `      let x = bitcast<f32>(logit(${placeOf(spec, 'j')}));
      let isTop = j == top;
      let e = select(share(x, largest), 1.0, isTop);
      let sum = select(1.0 + ((below.high - e) + below.low), 1.0, isTop);
      var margin = marginOf(x, largest, sum);
      if (isTop) { margin = marginOfTop; }
`;

/** What both call. */
export function marginFunctions({ lanes, subgroup }: Rows): readonly string[] {
  const grid = { workgroup: WORKGROUP, subgroup };
  const teams = lanes > 1 ? [teamMax(lanes, grid), teamFirst(lanes, grid), teamSum(lanes, grid)] : [];
  return [rowFunctions, ...teams];
}
