import { FocalLossError, type Loss } from '@focal-loss/core';
import { type Dimension, elementTypes, type LogitsDtype, type Port } from '@focal-loss/onnx';
import { nearMatches, whereabouts } from './names.ts';
import type { Scan, TypeInfo } from './scan.ts';

/** Which logits something is appended to. */
export interface LogitsOptions {
  /** The name of the value in the graph that is read: an output of the model, or any other. */
  readonly logits: string;
  /** Of the logits. Only where the model does not say it: of a value that is no output, many do not. */
  readonly dtype?: LogitsDtype | undefined;
  /** Of the logits, sizes or names. Only where the model does not say it. */
  readonly shape?: readonly Dimension[] | undefined;
}

/** The number format of a value, if logits can have it. */
export const dtypeOf = (type: TypeInfo | undefined): LogitsDtype | undefined =>
  (['float16', 'bfloat16', 'float32', 'float64'] as const).find((name) => elementTypes[name] === type?.element);

/** The dimensions of a value, with names for those of which nothing is known. */
export const dimensionsOf = (name: string, type: TypeInfo | undefined): Dimension[] | undefined =>
  type?.shape?.map((size, i) => size ?? `${name}_${i}`);

/**
 * The logits, as the model or the caller describes them.
 *
 * @throws {@link FocalLossError} if they are no floats, or if neither describes them.
 */
export function portOf(where: string, content: Scan, loss: Loss, { logits, dtype, shape }: LogitsOptions): Port {
  const bad = (field: string, got: unknown, takes: string) => new FocalLossError(where, [{ field, got, takes }]);
  if (!content.values.has(logits)) throw bad('logits', logits, valuesInstead(content, logits));
  const softmax = loss.link === 'softmax';
  const type = content.types.get(logits);
  const known = dtypeOf(type);
  if (type !== undefined && type.element !== 0 && known === undefined) {
    const takes = `a value of float16, bfloat16, float32 or float64: this one has element type ${type.element}`;
    throw bad('logits', logits, takes);
  }
  if (dtype !== undefined && known !== undefined && dtype !== known) {
    throw bad('dtype', dtype, `'${known}', the dtype of "${logits}" in the model`);
  }
  const element = known ?? dtype;
  if (element === undefined) throw bad('dtype', dtype, `the number format of "${logits}": it is not in the model`);
  const own = dimensionsOf(logits, type);
  if (own !== undefined && shape !== undefined && shape.length !== own.length) {
    throw bad('shape', shape, `${own.length} dimensions, as "${logits}" has in the model`);
  }
  const says = type?.shape ?? [];
  if (shape?.some((size, i) => typeof size === 'number' && typeof says[i] === 'number' && size !== says[i])) {
    throw bad('shape', shape, `[${own?.join(', ')}], as "${logits}" has in the model`);
  }
  // Where one of the two says how many there are, that holds.
  const dimensions =
    shape?.map((size, i) => (typeof says[i] === 'number' ? says[i] : size)) ??
    own ??
    (softmax ? ['rows', 'classes'] : undefined);
  if (dimensions === undefined) {
    throw bad('shape', shape, `sizes or names of the dimensions of "${logits}": they are not in the model`);
  }
  if (softmax && dimensions.length < 2) {
    const takes = `a value of shape [rows, classes], or of more dimensions: this one has ${dimensions.length}`;
    throw bad('logits', logits, takes);
  }
  return { name: logits, element, shape: dimensions };
}

/** What a name that is none of a value could have been. */
function valuesInstead(content: Scan, logits: unknown): string {
  const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  const owner = content.owners.get(logits as string);
  const is = owner === undefined ? '' : `: this is ${whereabouts(owner)}`;
  const outputs = `; its outputs are ${list(content.outputs.slice(0, 10))}${content.outputs.length > 10 ? ', …' : ''}`;
  const near = nearMatches(content, logits);
  const similar = near.length === 0 ? '' : `; similar: ${list(near)}`;
  return `the name of a value in the graph${is}${outputs}${similar} (focal-onnx inspect lists all)`;
}
