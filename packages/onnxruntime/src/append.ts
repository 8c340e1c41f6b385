import {
  type Check,
  type Checks,
  checkLoss,
  checkOptions,
  FocalLossError,
  flag,
  type Loss,
  type Problem,
} from '@focal-loss/core';
import {
  type Bytes,
  concat,
  type Dimension,
  DOMAIN,
  type Dtype,
  elementTypes,
  type FunctionDefinition,
  functionFields,
  functionProto,
  graphFields,
  integer,
  type LossGraph,
  lossGraph,
  message,
  type Names,
  OPSETS,
  ownNames,
  type Port,
  type PosteriorGraphOptions,
  posteriorGraph,
  precisionOf,
  Writer,
} from '@focal-loss/onnx';
import { checkGraph, checkShape, type GraphOptions, logitsChecks, wantsOf } from './build.ts';
import { NotAModel, type Scan, scan } from './scan.ts';

/** Which logits something is appended to. */
export interface LogitsOptions {
  /** The name of the value in the graph that is read: an output of the model, or any other. */
  readonly logits: string;
  /** Of the logits. Only where the model does not say it: of a value that is no output, many do not. */
  readonly dtype?: Dtype | undefined;
  /** Of the logits, sizes or names. Only where the model does not say it. */
  readonly shape?: readonly Dimension[] | undefined;
}

/** Where a loss is appended, and what it brings. */
export interface AppendOptions extends GraphOptions, LogitsOptions {
  /**
   * What the new inputs and outputs are called. Default `targets`, `weights`, `normalizer`, `loss` (the value), `grad` and
   * `hess`.
   */
  readonly names?: Partial<Omit<Names, 'logits'>> | undefined;
}

/** Where a posterior is appended. */
export interface AppendPosteriorOptions extends PosteriorGraphOptions, LogitsOptions {
  /** What the new output is called. Default `posterior`. */
  readonly name?: string | undefined;
}

/**
 * A model with a loss behind its logits: new inputs `targets` and, if asked for, `weights` and `normalizer`; new outputs
 * `loss` and, if asked for, `grad` and `hess`, the derivatives with respect to the logits. What the model had stays, in its place.
 *
 * Works on models of opset 13 to 25, of any size: their bytes are copied and not taken apart, only names are read. Data
 * in files beside the model stays there, so write the result into the same folder.
 *
 * @throws {@link FocalLossError} if the bytes are no such model, if there are no such logits, if an option is bad, or if
 *   the model already has something of a new name.
 *
 * @example
 * ```ts
 * const bytes = appendLoss(await readFile('detector.onnx'), sigmoidFocal({ reduction: 'none' }), { logits: 'scores' });
 * ```
 */
export function appendLoss(model: Uint8Array, loss: Loss, options: AppendOptions): Bytes {
  return concat(model, lossFragment(model, loss, options));
}

/**
 * The bytes that {@link appendLoss} puts behind a model, for models that are better appended to on disk. They are of no
 * use without it: protocol buffers merge what follows one another.
 *
 * @throws {@link FocalLossError} as `appendLoss` does.
 */
export function lossFragment(model: Uint8Array, loss: Loss, options: AppendOptions): Bytes {
  checkLoss('appendLoss', loss);
  const given = checkGraph(loss.name, loss, options ?? {}, appendChecks(loss)) as AppendOptions;
  const names = (logits: string): Names => ({ ...ownNames, value: 'loss', ...given.names, logits });
  return fragment(model, loss, given, given.names ?? ownNames, (w, logits) => {
    checkShape(`appendLoss ${loss.name}`, loss, given, logits.shape);
    return lossGraph(w, loss, { ...given, wants: wantsOf(given.grad, given.hess) }, logits, names(logits.name));
  });
}

/**
 * A model with an output more behind its logits: the probabilities that they stand for, if they were trained with this loss. See
 * core's `posterior`.
 *
 * @throws {@link FocalLossError} as `appendLoss` does, or saying why a loss has no posterior.
 *
 * @example
 * ```ts
 * const bytes = appendPosterior(await readFile('detector.onnx'), sigmoidFocal({ gamma: 2 }), { logits: 'scores' });
 * ```
 */
export function appendPosterior(model: Uint8Array, loss: Loss, options: AppendPosteriorOptions): Bytes {
  return concat(model, posteriorFragment(model, loss, options));
}

/**
 * The bytes that {@link appendPosterior} puts behind a model.
 *
 * @throws {@link FocalLossError} as `appendPosterior` does.
 */
export function posteriorFragment(model: Uint8Array, loss: Loss, options: AppendPosteriorOptions): Bytes {
  checkLoss('appendPosterior', loss);
  const given = checkOptions(loss.name, options ?? {}, posteriorChecks(loss)) as unknown as AppendPosteriorOptions;
  const { name = 'posterior' } = given;
  return fragment(model, loss, given, name, (w, logits) => {
    checkShape(`appendPosterior ${loss.name}`, loss, { axis: given.axis }, logits.shape);
    return posteriorGraph(w, loss, given, logits, name);
  });
}

/** The bytes of what is written behind logits. */
function fragment(
  model: Uint8Array,
  loss: Loss,
  given: LogitsOptions,
  names: unknown,
  write: (w: Writer, logits: Port) => LossGraph,
): Bytes {
  const content = scanned(model, loss);
  const opset = content.opsets.get('') ?? 0;
  if (opset < OPSETS.first || opset > OPSETS.last) {
    const got = opset === 0 ? 'a model without standard operations' : `a model of opset ${opset}`;
    throw problem(loss, 'model', got, `one of opset ${OPSETS.first} to ${OPSETS.last}`);
  }
  const logits = portOf(content, loss, given);
  const w = new Writer(precisionOf(logits.element as Dtype), opset, prefixFor(content));
  const added = write(w, logits);
  const taken = [...added.inputs, ...added.outputs].filter(({ name }) => content.names.has(name));
  if (taken.length > 0) {
    const takes = `other names (option names): the model already has ${taken.map(({ name }) => `"${name}"`).join(' and ')}`;
    throw problem(loss, 'names', names, takes);
  }

  const functions = added.functions.map((definition) => functionProto(definition, opset));
  const renamed = new Map<string, string>();
  const fresh = functions.flatMap((bytes, i) => {
    const unique = uniqueName(content, added.functions[i], bytes);
    if (unique === undefined) return [];
    renamed.set(added.functions[i].name, unique);
    return unique === added.functions[i].name
      ? [bytes]
      : [functionProto({ ...added.functions[i], name: unique }, opset)];
  });
  const nodes = added.nodes.map((node) =>
    node.domain === DOMAIN ? { ...node, op: renamed.get(node.op) ?? node.op } : node,
  );
  return concat(
    // Functions came with version 8 of the format. The later of two numbers counts.
    content.irVersion < 8 && functions.length > 0 ? integer(1, 8) : concat(),
    message(7, graphFields({ nodes, inputs: added.inputs, outputs: added.outputs })),
    functionFields(fresh, content.opsets.has(DOMAIN) || functions.length === 0 ? undefined : DOMAIN),
  );
}

function scanned(model: Uint8Array, loss: Loss): Scan {
  if (!(model instanceof Uint8Array))
    throw problem(loss, 'model', model, 'the bytes of an ONNX model, as a Uint8Array');
  try {
    return scan(model);
  } catch (error) {
    if (!(error instanceof NotAModel)) throw error;
    throw problem(loss, 'model', `${model.length} bytes`, `the bytes of an ONNX model, not ${error.message}`);
  }
}

/** The logits, as the model or the caller describes them. */
function portOf({ values, outputs }: Scan, loss: Loss, { logits, dtype, shape }: LogitsOptions): Port {
  const softmax = loss.link === 'softmax';
  if (!values.has(logits)) {
    const takes = `the name of a value in the graph; its outputs are ${outputs.map((name) => `"${name}"`).join(', ')}`;
    throw problem(loss, 'logits', logits, takes);
  }
  const type = values.get(logits);
  const known = (['float16', 'float32', 'float64'] as const).find((name) => elementTypes[name] === type?.element);
  if (type !== undefined && type.element !== 0 && known === undefined) {
    throw problem(
      loss,
      'logits',
      logits,
      `a value of float16, float32 or float64: this one has element type ${type.element}`,
    );
  }
  if (dtype !== undefined && known !== undefined && dtype !== known) {
    throw problem(loss, 'dtype', dtype, `'${known}', the dtype of "${logits}" in the model`);
  }
  const element = known ?? dtype;
  if (element === undefined) {
    throw problem(loss, 'dtype', dtype, `the number format of "${logits}": it is not in the model`);
  }
  const own = type?.shape?.map((size, i) => size ?? `${logits}_${i}`);
  if (own !== undefined && shape !== undefined && shape.length !== own.length) {
    throw problem(loss, 'shape', shape, `${own.length} dimensions, as "${logits}" has in the model`);
  }
  const dimensions = shape ?? own ?? (softmax ? ['rows', 'classes'] : undefined);
  if (dimensions === undefined) {
    throw problem(loss, 'shape', shape, `sizes or names of the dimensions of "${logits}": they are not in the model`);
  }
  if (softmax && dimensions.length < 2) {
    const takes = `a value of shape [rows, classes], or of more dimensions: this one has ${dimensions.length}`;
    throw problem(loss, 'logits', logits, takes);
  }
  return { name: logits, element, shape: dimensions };
}

/** `focal_loss/`, or the same with a number: a loss may be appended twice. */
function prefixFor({ names }: Scan): string {
  for (let i = 1; ; i++) {
    const prefix = i === 1 ? 'focal_loss/' : `focal_loss_${i}/`;
    if (![...names].some((name) => name.startsWith(prefix))) return prefix;
  }
}

/** What to call a function in this model; undefined if it is there already. */
function uniqueName({ functions }: Scan, definition: FunctionDefinition, bytes: Uint8Array): string | undefined {
  for (let i = 1; ; i++) {
    const name = i === 1 ? definition.name : `${definition.name}_${i}`;
    const known = functions.get(`${DOMAIN}::${name}`);
    if (known === undefined) return name;
    if (i === 1 && known.length === bytes.length && known.every((byte, at) => byte === bytes[at])) return undefined;
  }
}

const problem = (loss: Loss, field: string, got: unknown, takes: string) =>
  new FocalLossError(`appendLoss ${loss.name}`, [{ field, got, takes } satisfies Problem]);

const named = ['targets', 'weights', 'normalizer', 'value', 'grad', 'hess'];
const isNames = (got: unknown) =>
  typeof got === 'object' &&
  got !== null &&
  Object.entries(got).every(([key, name]) => named.includes(key) && typeof name === 'string' && name !== '');

const isName = (got: unknown) => typeof got === 'string' && got !== '';
const logitsCheck: Check = { takes: 'the name of a value in the graph', accepts: isName };

const posteriorChecks = (loss: Loss): Checks => {
  const { dtype, shape, axis, accumulate } = logitsChecks(loss);
  return {
    logits: logitsCheck,
    ...{ dtype, shape, axis, accumulate },
    logit: flag,
    name: { takes: 'a name for the output', accepts: isName },
  };
};

const appendChecks = (loss: Loss) => ({
  logits: logitsCheck,
  ...logitsChecks(loss),
  names: { takes: `names for ${named.join(', ')}`, accepts: isNames },
});
