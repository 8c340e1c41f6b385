import { bad, scale, scaled } from './entry.ts';
import { marginLoss, rowFunctions } from './ops.ts';
import { answerOf, type KernelSpec, type KernelText, valuesOf, WORKGROUP } from './spec.ts';
import { teamMax, teamSum } from './sums.ts';
import { argumentsOf } from './uniforms.ts';

/**
 * The kernel of a softmax loss. A team of invocations takes a row in three turns: the largest of the other logits, the
 * sum of their shares, and the gradient. Teams beyond the last row repeat it and keep nothing, so that all of a
 * workgroup meet at its barriers.
 */
export function rowwise(spec: KernelSpec): KernelText {
  const { loss, wants, weighted, lanes, subgroup } = spec;
  const answer = answerOf(spec);
  const value = valuesOf(spec);
  const { code, params } = marginLoss(loss, answer.parts);
  const team = lanes > 1;
  const grid = { workgroup: WORKGROUP, subgroup };
  const rows = WORKGROUP / lanes;
  const step = `j += ${lanes}u`;
  const start = team ? 'lane' : '0u';
  const bits = answer.of('answer', 'value');
  const kept = value === 'sums' ? `own = withTerm(own, ${bits});` : value === 'each' ? `values[i] = ${bits};` : '';
  const condition = team ? 'inside && lane == 0u' : 'inside';
  const loop = `for (var tile = group.x * ${rows}u; tile < call.n; tile += groups.x * ${rows}u) {
    let inside = tile + local${team ? ` / ${lanes}u` : ''} < call.n;
    let i = min(tile + local${team ? ` / ${lanes}u` : ''}, call.n - 1u);
${team ? `    let lane = local % ${lanes}u;\n` : ''}    let first = i * call.classes;
    let y = bitcast<f32>(targets[i]);
${weighted ? '    let weightBits = weights[i];\n    let weight = bitcast<f32>(weightBits);\n' : ''}    let isClass = !isNan(targets[i]) && y >= 0.0 && y < f32(call.classes) && floor(y) == y;
    let hit = select(0u, u32(y), isClass);

    var largest = bitcast<f32>(logit(first + select(0u, 1u, hit == 0u)));
    var met = 0u;
    for (var j = ${start}; j < call.classes; ${step}) {
      let x = logit(first + j);
      met |= u32(isNan(x));
      if (j != hit) { largest = max(largest, bitcast<f32>(x)); }
    }
${team ? '    largest = teamMax(largest, local);\n' : ''}
    var shares = Sum(0.0, 0.0, 0.0, met);
    for (var j = ${start}; j < call.classes; ${step}) {
      if (j != hit) { shares = plusTerm(shares, share(bitcast<f32>(logit(first + j)), largest)); }
    }
${team ? `    shares = teamSum(shares, local);\n` : ''}    let sum = shares.high + shares.low;

    let x = logit(first + hit);
    let margin = marginOf(bitcast<f32>(x), largest, sum);
    // ∞ - ∞, or any NaN in the row.
    let isNone = shares.met != 0u || (x == bitcast<u32>(largest) && (x & INFINITY) == INFINITY);
    let scale = ${scale(spec)};
    let at = loss(margin${argumentsOf(params)});
    var answer = bitcast<${answer.bits}>(${scaled(spec)});
    var plain = false;
    if (${bad(spec, '!isClass')}) { answer = ${answer.bits}(NAN); }
    else if (scale == 0.0) { answer = ${answer.bits}(); }
    else if (isNone) { answer = ${answer.bits}(NAN); }
    else { plain = true; }
${kept === '' ? '' : `    if (${condition}) { ${kept} }\n`}${wants.includes('grad') ? spread(spec, start, step) : ''}  }`;
  return {
    functions: [code, rowFunctions, ...(team ? [teamMax(lanes, grid), teamSum(lanes, grid)] : [])],
    body: loop,
  };
}

/** The gradient of a row: the slope at its class, and -r_j times the slope at the others. */
function spread({ dtype }: KernelSpec, start: string, step: string): string {
  if (dtype === 'float32') {
    return `    let others = -bitcast<f32>(answer.y) / sum;
    for (var j = ${start}; inside && j < call.classes; ${step}) {
      let other = bitcast<u32>(others * share(bitcast<f32>(logit(first + j)), largest));
      grad[first + j] = select(answer.y, other, plain && j != hit);
    }
`;
  }
  return `    let others = -bitcast<f32>(answer.y) / sum;
    let last = first + call.classes - 1u;
    for (var j = first / 2u + ${start}; inside && j <= last / 2u; ${step}) {
      var halves = array<u32, 2>();
      for (var k = 0u; k < 2u; k++) {
        let at = clamp(2u * j + k, first, last);
        let other = bitcast<u32>(others * share(bitcast<f32>(logit(at)), largest));
        halves[k] = halfBits(select(answer.y, other, plain && at != first + hit));
      }
      // A word at an end of the row may be half the next row's.
      if (2u * j < first) { storeHalf(first, halves[1]); }
      else if (2u * j == last) { storeHalf(last, halves[0]); }
      else { atomicStore(&grad[j], halves[0] | (halves[1] << 16u)); }
    }
`;
}
