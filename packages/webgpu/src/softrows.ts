import { bad, tooSmall } from './entry.ts';
import { classMargin, marginFunctions, rowMargins } from './margins.ts';
import { marginLoss, scaleFunction } from './ops.ts';
import { ownClasses, placeOf, rowLoop } from './rows.ts';
import { inverseOf, type KernelSpec, type KernelText, valuesOf } from './spec.ts';
import { labelAt } from './storage.ts';
import { halved, stored } from './stores.ts';
import { argumentsOf } from './uniforms.ts';

/**
 * The kernel of a softmax loss of rows of probabilities y, Σ_c y_c·f(z_c) over the margins z_c of all classes; of class indices
 * and places, which are such rows with labels smoothed or in a few places. With S_c the sum of the shares of the classes other
 * than c, what class c sends to class j is r_j = e_j / S_c times its slope; what the largest sends, by shares of its own.
 */
export function softRows(spec: KernelSpec): KernelText {
  const { loss, wants, weighted, lanes, targets, targetRows } = spec;
  const hess = wants.includes('hess');
  const grad = hess || wants.includes('grad');
  const value = valuesOf(spec);
  const { code, params } = marginLoss(loss, hess ? ['value', 'grad', 'hess'] : grad ? ['value', 'grad'] : ['value']);
  const team = lanes > 1;
  const each = ownClasses(spec);
  const scale = scaleFunction({ ...loss, alpha: undefined });
  const factor =
    scale.params.length === 0
      ? weighted
        ? 'weight'
        : '1.0'
      : `scaleOf(y, ${weighted ? 'weight' : '1.0'}${argumentsOf(scale.params)})`;
  const label = `    let label = ${labelAt(targets, 'i')};
    let y = bitcast<f32>(label);
    let isLabel = ${labelTest(spec)};
`;
  const looks = targetRows
    ? `      let label = ${labelAt(targets, placeOf(spec, 'j'))};
      met |= select(0u, 2u, ${targets === 'float32' ? `${tooSmall('label')} || ` : ''}(label > ONE && label != MINUS_ZERO));
`
    : '';
  const isBad = targetRows
    ? `(below.met & 2u) != 0u${weighted ? ' || (weightBits >= INFINITY && weightBits != MINUS_ZERO)' : ''}`
    : bad(spec, 'label', '!isLabel');
  const classOf = `${classMargin(spec)}      let amount = probability(${targetRows ? placeOf(spec, 'j') : 'y'}, j);
      let at = loss(margin${argumentsOf(params)});
      let counts = amount != 0.0;
${grad ? '      let slope = select(0.0, amount * at.slope, counts);\n' : ''}${hess ? '      let curve = select(0.0, amount * at.curvature, counts);\n' : ''}`;
  const sums = ['total', ...(grad ? ['slopes', 'ofTop'] : []), ...(hess ? ['squares', 'corner', 'curveOfTop'] : [])];
  const body = rowLoop(
    spec,
    `${targetRows ? '' : label}${rowMargins(spec, looks)}
${sums.map((name) => `    var ${name} = Sum();\n`).join('')}    ${each} {
${classOf}      if (!counts) { continue; }
      total.met = 1u;
      total = plusTerm(total, amount * at${grad ? '.value' : ''});
${grad ? '      if (isTop) { ofTop = plusTerm(ofTop, slope); } else { slopes = plusTerm(slopes, slope / sum); }\n' : ''}${
  hess
    ? `      if (isTop) { curveOfTop = plusTerm(curveOfTop, curve); continue; }
      squares = plusTerm(squares, (curve + slope) / sum / sum);
      corner = plusTerm(corner, (curve - ((below.high - e) + below.low) * slope) / sum / sum);
`
    : ''
}    }
${team ? sums.map((name) => `    ${name} = teamSum(${name}, local);\n`).join('') : ''}    let scale = ${factor};
    // 0 an ordinary row, 1 one that does not count, 2 one that has no loss.
    var kind = 0u;
    if (${isBad}) { kind = 2u; }
    else if (scale == 0.0 || total.met == 0u) { kind = 1u; }
    else if (none) { kind = 2u; }
    // What is infinite has lost nothing to rounding.
    let whole = scale * select(total.high + total.low, total.high, isInfinite(total.high));
    let answer = select(select(bitcast<u32>(whole), 0u, kind == 1u), NAN, kind == 2u);
${
  value === 'none'
    ? ''
    : `    if (${team ? 'inside && lane == 0u' : 'inside'}) { ${value === 'sums' ? 'own = withTerm(own, answer);' : stored(spec, 'values', 'i', 'answer')} }
`
}${grad ? derivatives(spec, classOf, hess) : ''}`,
  );
  return { functions: [code, ...marginFunctions(spec), probability(spec)], body };
}

/** Whether a target is a class, or a place. */
function labelTest({ loss, targets }: KernelSpec): string {
  const number = targets === 'float32' ? '!isNan(label) && y >= 0.0' : 'y >= 0.0';
  return loss.targets === 'place'
    ? `${number} && y <= f32(call.classes - 1u)`
    : `${number} && y < f32(call.classes) && floor(y) == y`;
}

/** `probability`: what the loss of class j is multiplied by, smoothing and α included, before the weight of the row. */
function probability({ loss, targets, targetRows }: KernelSpec): string {
  const plain = targetRows
    ? `bitcast<f32>(${labelAt(targets, 'at')})`
    : loss.targets === 'place'
      ? // A place near a class keeps the digits of what lies between.
        'select(select(0.0, 1.0 - (y - floor(y)), f32(j) == floor(y)), y - floor(y), f32(j) == floor(y) + 1.0)'
      : 'select(0.0, 1.0, f32(j) == y)';
  const smooth = loss.labelSmoothing === 0 ? plain : `${plain} * call.kept + call.spread / f32(call.classes)`;
  return `/// What the loss of class j is multiplied by.
fn probability(${targetRows ? 'at: u32' : 'y: f32'}, j: u32) -> f32 {
  return ${loss.alpha === undefined ? smooth : `alphas[j] * (${smooth})`};
}`;
}

/** The derivatives of a row, in a last turn. */
function derivatives(spec: KernelSpec, classOf: string, hess: boolean): string {
  const { dtype, lanes, wants } = spec;
  const at = placeOf(spec, 'j');
  const bits = (number: string) =>
    `select(select(bitcast<u32>(factor * (${number})), 0u, kind == 1u), NAN, kind == 2u)`;
  const store = (number: string) =>
    dtype === 'float32'
      ? stored(spec, 'grad', at, bits(number))
      : `storeHalf(${at}, ${halved(spec, at, bits(number))});`;
  const second = `      // r²·f″ - r(1 - r)·f′ as r²·(f″ + f′) - r·f′; of the largest, where r may be nearly 1, with 1 - r of its own.
      let others = e * (e * ((squares.high - select((curve + slope) / sum / sum, 0.0, isTop)) + squares.low) - toOthers);
      let rest = select((shares.high - ofShares) + shares.low, 0.0, isTop) / sumOfTop;
      let fromTop = r * (r * curveOfTop.high - rest * ofTop.high);
      let curvature = (curve + select(others, corner.high + corner.low, isTop)) + fromTop;
      ${stored(spec, 'hess', at, bits('curvature'))}
`;
  return `    let factor = scale * ${inverseOf(spec)};
    for (var j = ${lanes > 1 ? 'lane' : '0u'}; inside && j < call.classes; j += ${lanes}u) {
${classOf}      let toOthers = (slopes.high - select(slope / sum, 0.0, isTop)) + slopes.low;
      let ofShares = select(share(x, second), 0.0, isTop);
      let r = ofShares / sumOfTop;
${wants.includes('grad') ? `      ${store('(slope - e * toOthers) - r * ofTop.high')}\n` : ''}${hess ? second : ''}    }
`;
}
