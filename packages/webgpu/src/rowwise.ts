import { bad, scale, scaled } from './entry.ts';
import { marginLoss, rowFunctions } from './ops.ts';
import { firstOf, ownClasses, placeOf, rowLoop } from './rows.ts';
import { answerOf, type KernelSpec, type KernelText, valuesOf, WORKGROUP } from './spec.ts';
import { labelAt } from './storage.ts';
import { halved, stored } from './stores.ts';
import { teamMax, teamSum } from './sums.ts';
import { argumentsOf } from './uniforms.ts';

/**
 * The kernel of a softmax loss of class indices. A team of invocations takes a row in three turns: the largest of the other
 * logits, the sum of their shares, and the gradient.
 */
export function rowwise(spec: KernelSpec): KernelText {
  const { loss, wants, lanes, subgroup, targets } = spec;
  const answer = answerOf(spec);
  const value = valuesOf(spec);
  const { code, params } = marginLoss(loss, answer.parts);
  const team = lanes > 1;
  const grid = { workgroup: WORKGROUP, subgroup };
  const each = ownClasses(spec);
  const bits = answer.of('answer', 'value');
  const kept =
    value === 'sums' ? `own = withTerm(own, ${bits});` : value === 'each' ? stored(spec, 'values', 'i', bits) : '';
  const condition = team ? 'inside && lane == 0u' : 'inside';
  const isLabel = targets === 'float32' ? '!isNan(label) && ' : '';
  const body = rowLoop(
    spec,
    `    let label = ${labelAt(targets, 'i')};
    let y = bitcast<f32>(label);
    let isClass = ${isLabel}y >= 0.0 && y < f32(call.classes) && floor(y) == y;
    let hit = select(0u, u32(y), isClass);

    var largest = bitcast<f32>(logit(${placeOf(spec, 'select(0u, 1u, hit == 0u)')}));
    var met = 0u;
    ${each} {
      let x = logit(${placeOf(spec, 'j')});
      met |= u32(isNan(x));
      if (j != hit) { largest = max(largest, bitcast<f32>(x)); }
    }
${team ? '    largest = teamMax(largest, local);\n' : ''}
    var shares = Sum(0.0, 0.0, 0.0, met);
    ${each} {
      if (j != hit) { shares = plusTerm(shares, share(bitcast<f32>(logit(${placeOf(spec, 'j')})), largest)); }
    }
${team ? `    shares = teamSum(shares, local);\n` : ''}    let sum = shares.high + shares.low;

    let x = logit(${placeOf(spec, 'hit')});
    let margin = marginOf(bitcast<f32>(x), largest, sum);
    // ∞ - ∞, or any NaN in the row.
    let none = shares.met != 0u || (x == bitcast<u32>(largest) && (x & INFINITY) == INFINITY);
    let scale = ${scale(spec)};
    let at = loss(margin${argumentsOf(params)});
    var answer = bitcast<${answer.bits}>(${scaled(spec)});
    var plain = false;
    if (${bad(spec, 'label', '!isClass')}) { answer = ${answer.bits}(NAN); }
    else if (scale == 0.0) { answer = ${answer.bits}(); }
    else if (none) { answer = ${answer.bits}(NAN); }
    else { plain = true; }
${kept === '' ? '' : `    if (${condition}) { ${kept} }\n`}${wants.includes('grad') ? spread(spec) : ''}`,
  );
  return {
    functions: [code, rowFunctions, ...(team ? [teamMax(lanes, grid), teamSum(lanes, grid)] : [])],
    body,
  };
}

/** The gradient of a row: the slope at its class, and -r_j times the slope at the others. */
function spread(spec: KernelSpec): string {
  const { dtype, lanes, strided } = spec;
  if (dtype === 'float32' || strided) {
    const at = placeOf(spec, 'j');
    const slope = 'select(answer.y, other, plain && j != hit)';
    return `    let others = -bitcast<f32>(answer.y) / sum;
    for (var j = ${firstOf(spec)}; inside && j < call.classes; j += ${lanes}u) {
      let other = bitcast<u32>(others * share(bitcast<f32>(logit(${at})), largest));
      ${dtype === 'float32' ? stored(spec, 'grad', at, slope) : `storeHalf(${at}, ${halved(spec, at, slope)});`}
    }
`;
  }
  return `    let others = -bitcast<f32>(answer.y) / sum;
    let last = first + call.classes - 1u;
    for (var j = first / 2u + ${firstOf(spec)}; inside && j <= last / 2u; j += ${lanes}u) {
      var halves = array<u32, 2>();
      for (var k = 0u; k < 2u; k++) {
        let at = clamp(2u * j + k, first, last);
        let other = bitcast<u32>(others * share(bitcast<f32>(logit(at)), largest));
        halves[k] = ${halved(spec, 'at', 'select(answer.y, other, plain && at != first + hit)')};
      }
      // A word at an end of the row may be half the next row's.
      if (2u * j < first) { storeHalf(first, halves[1]); }
      else if (2u * j == last) { storeHalf(last, halves[0]); }
      else { atomicStore(&grad[j], halves[0] | (halves[1] << 16u)); }
    }
`;
}
