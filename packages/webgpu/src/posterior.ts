import {
  checkTold,
  type Layout,
  type Loss,
  logBalance,
  type PosteriorOptions,
  posteriorLayout,
} from '@focal-loss/core';
import { checkNumbers } from './call.ts';
import type { SharedResources } from './device.ts';
import { dispatch, readyStep } from './dispatch.ts';
import { categoryOf } from './elementwise.ts';
import { directives, main } from './grid.ts';
import { answered, copied, encoded, put, type Readback } from './host.ts';
import { classMargin, marginFunctions, rowMargins } from './margins.ts';
import { once, posteriorFunction, prelude } from './ops.ts';
import { plan } from './plan.ts';
import { prepared } from './prepare.ts';
import { ownClasses, placeOf, rowLoop } from './rows.ts';
import { BINDING, type KernelSpec, WORKGROUP } from './spec.ts';
import { BITS, type Dtype, logitFunction } from './storage.ts';
import { plusTerm, SUM } from './sums.ts';
import { argumentsOf, callBlock, callStruct } from './uniforms.ts';

/** What a posterior is computed with. */
interface Setting {
  readonly shared: SharedResources;
  readonly loss: Loss;
  readonly dtype: Dtype;
}

/**
 * The probabilities that logits stand for, as core's `posterior` has them.
 *
 * @throws {@link FocalLossError} with the reason, of a loss whose minimum does not tell it, or naming what does not fit.
 */
export async function posteriorArrays(
  { shared, loss, dtype }: Setting,
  logits: ArrayLike<number>,
  given: PosteriorOptions,
): Promise<Float32Array<ArrayBuffer>> {
  checkTold(loss);
  const at = posteriorLayout(loss, logits, given);
  checkNumbers(loss, logits);
  const { rows, classes, inner, logit } = at;
  const result = new Float32Array(rows * classes);
  if (result.length === 0) return result;

  const { device, workspace, readback } = shared;
  // As large as the logits and in float32, as second derivatives are.
  const asked = { loss, dtype, rows, classes, inner, wants: ['hess'], targets: 'float32', targetRows: false } as const;
  const { chunks, lanes } = plan(asked, shared.capacity);
  const spec = { loss, dtype, lanes, strided: inner > 1, subgroup: shared.subgroup };
  const code = posteriorKernel(spec, logit);
  if (!shared.pipelines.has(code)) {
    // What the caller changes meanwhile is no part of this call.
    logits = copied(logits);
    await prepared(loss, shared, [code]);
  }
  await answered(shared, loss, () =>
    chunks.map(({ first, n, groups }): Readback => {
      const [from, end] = [first * classes, (first + n) * classes];
      const bytes = 4 * (end - from);
      const words = callBlock(loss, { ...numbersOf(loss, at), n, first });
      const shifts = shiftsOf(loss);
      const values = { buffer: workspace.get('hess', bytes), offset: 0, size: bytes };
      const bound = {
        [BINDING.call]: { buffer: put(shared, 'call', words).buffer },
        [BINDING.logits]: put(shared, 'logits', encoded(logits, from, end, dtype)),
        ...(shifts && { [BINDING.alphas]: put(shared, 'shifts', shifts) }),
        [BINDING.value]: values,
      };
      const label = `focal-loss ${loss.name}: posterior`;
      const encoder = device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      dispatch(pass, readyStep(shared, { code, bound, groups }));
      pass.end();
      const buffer = readback.take(bytes);
      encoder.copyBufferToBuffer(values.buffer, 0, buffer, 0, bytes);
      device.queue.submit([encoder.finish()]);
      return { buffer, bytes, take: (got) => result.set(new Float32Array(got, 0, end - from), from) };
    }),
  );
  return result;
}

const numbersOf = (
  { link }: Loss,
  { classes, inner, categories }: Pick<Layout, 'classes' | 'inner' | 'categories'>,
) => ({
  classes,
  firstPartial: 0,
  partials: 0,
  inner: link === 'softmax' ? inner : categories.inner,
  categories: categories.count,
  noLabels: 0,
  inverse: 1,
});

/** What α adds to the logit of each class; one number for all where α is one. */
function shiftsOf({ alpha, link }: Loss): Float32Array<ArrayBuffer> | undefined {
  if (alpha === undefined) return undefined;
  const shift = (own: number) => (link === 'softmax' ? -Math.log(own) : logBalance(own));
  return Float32Array.from(typeof alpha === 'number' ? [alpha] : alpha, shift);
}

type Spec = Pick<KernelSpec, 'loss' | 'dtype' | 'lanes' | 'strided' | 'subgroup'>;

function posteriorKernel(spec: Spec, logit: boolean): string {
  const { loss, dtype, lanes, strided, subgroup } = spec;
  const key = ['webgpu, posterior', dtype, lanes, strided, subgroup, logit].join();
  return once(loss, key, () => {
    const softmax = loss.link === 'softmax';
    const { code, params } = posteriorFunction(loss);
    const arguments_ = argumentsOf(params);
    const body = softmax ? ofRows(spec, arguments_, logit) : ofLogits(spec, arguments_, logit);
    const text = [
      BITS,
      logitFunction(dtype),
      ...(softmax ? [SUM, plusTerm] : []),
      ...(!softmax && typeof loss.alpha === 'object' ? [categoryOf] : []),
      code,
      ...(softmax ? marginFunctions(spec) : []),
      main({ workgroup: WORKGROUP, subgroup }, `  ${body}`),
    ].join('\n\n');
    const bindings = `${callStruct(loss)}

@group(0) @binding(${BINDING.call}) var<uniform> call: Call;
@group(0) @binding(${BINDING.logits}) var<storage, read> logits: array<u32>;
${loss.alpha === undefined ? '' : `@group(0) @binding(${BINDING.alphas}) var<storage, read> shifts: array<f32>;\n`}@group(0) @binding(${BINDING.value}) var<storage, read_write> values: array<u32>;`;
    return [`${directives(subgroup)}// The posterior of ${loss.name}.`, bindings, prelude(text), text].join('\n\n');
  });
}

function ofLogits({ loss }: Spec, args: string, logit: boolean): string {
  const shift = loss.alpha === undefined ? '' : ` + shifts[${typeof loss.alpha === 'object' ? 'categoryOf(i)' : '0u'}]`;
  const probability = `let e = expNegative(abs(odds));
    let large = 1.0 / (1.0 + e);
    let value = select(e * large, large, odds >= 0.0);`;
  return `for (var i = group.x * ${WORKGROUP}u + local; i < call.n; i += groups.x * ${WORKGROUP}u) {
    let x = logit(i);
    let odds = posterior(bitcast<f32>(x)${args})${shift};
    ${logit ? 'let value = odds;' : probability}
    values[i] = select(bitcast<u32>(value), NAN, isNan(x));
  }`;
}

/** log η of each class but for a constant, its largest, and the sum of what they are the logarithms of. */
function ofRows(spec: Spec, args: string, logit: boolean): string {
  const team = spec.lanes > 1;
  const at = placeOf(spec, 'j');
  const shift = spec.loss.alpha === undefined ? '' : ' + shifts[j]';
  const each = ownClasses(spec);
  const own = `bitcast<f32>(values[${at}])`;
  return rowLoop(
    { ...spec, weighted: false },
    `${rowMargins(spec)}
    // Rows done twice must not write into one that is further on.
    var most = -0x1.fffffep127f;
    ${each} {
${classMargin(spec)}      let eta = posterior(margin${args})${shift};
      most = max(most, eta);
      if (inside) { values[${at}] = bitcast<u32>(eta); }
    }
${team ? '    most = teamMax(most, local);\n' : ''}    var whole = Sum();
    ${each} { whole = plusTerm(whole, expNegative(max(most - ${own}, 0.0))); }
${team ? '    whole = teamSum(whole, local);\n' : ''}    let sum = whole.high + whole.low;
    for (var j = ${team ? 'lane' : '0u'}; inside && j < call.classes; j += ${spec.lanes}u) {
      let eta = ${own} - most;
      let value = ${logit ? 'eta - logarithm(sum)' : 'expNegative(max(-eta, 0.0)) / sum'};
      values[${at}] = select(bitcast<u32>(value), NAN, none);
    }
`,
  );
}
