import { type KernelSpec, WORKGROUP } from './spec.ts';

/** What of a kernel says how rows lie. */
type Rows = Pick<KernelSpec, 'lanes' | 'strided' | 'weighted'>;

/**
 * The loop of a kernel over rows, of which each team of invocations takes one at a time. Teams beyond the last row repeat it and
 * keep nothing, so that all of a workgroup meet at its barriers. There are `i`, the row, whether it is `inside`, `first`, the place
 * of its first logit, and its `weight`.
 */
export function rowLoop({ lanes, strided, weighted }: Rows, statements: string): string {
  const rows = WORKGROUP / lanes;
  const team = lanes > 1;
  const row = `tile + local${team ? ` / ${lanes}u` : ''}`;
  const first = strided ? 'i / call.inner * call.classes * call.inner + i % call.inner' : 'i * call.classes';
  const weight = '    let weightBits = weights[i];\n    let weight = bitcast<f32>(weightBits);\n';
  return `for (var tile = group.x * ${rows}u; tile < call.n; tile += groups.x * ${rows}u) {
    let inside = ${row} < call.n;
    let i = min(${row}, call.n - 1u);
${team ? `    let lane = local % ${lanes}u;\n` : ''}    let first = ${first};
${weighted ? weight : ''}${statements}  }`;
}

/** Where class j of the row lies. */
export const placeOf = ({ strided }: Pick<KernelSpec, 'strided'>, j: string): string =>
  !strided ? `first + ${j}` : `first + ${/^\w+$/.test(j) ? j : `(${j})`} * call.inner`;

/** `for (…)`: the classes of the row that are the invocation's. */
export const ownClasses = ({ lanes }: Pick<KernelSpec, 'lanes'>): string =>
  `for (var j = ${firstOf({ lanes })}; j < call.classes; j += ${lanes}u)`;

/** The first of them. */
export const firstOf = ({ lanes }: Pick<KernelSpec, 'lanes'>): string => (lanes > 1 ? 'lane' : '0u');
