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
  DOMAIN,
  type FunctionDefinition,
  functionFields,
  functionProto,
  graphFields,
  type InputName,
  type LogitsDtype,
  type LossGraph,
  lossGraph,
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
import { existingPorts } from './existing.ts';
import { type ModelSource, NotAModel, sourceOf } from './fields.ts';
import { type LogitsOptions, portOf } from './logits.ts';
import { clashes } from './names.ts';
import { type Scan, scan } from './scan.ts';
import { chunks, joined, lengthOf, type Piece, splice } from './splice.ts';

/** Where a loss is appended, and what it brings. */
export interface AppendOptions extends GraphOptions, LogitsOptions {
  /**
   * What the new inputs and outputs are called. Default `targets`, `weights`, `normalizer`, `loss` (the value), `grad`, `hess`,
   * `topValues` and `topIndices`.
   */
  readonly names?: Partial<Omit<Names, 'logits'>> | undefined;
  /**
   * Which inputs of the loss are values of the model already, under the names that `names` gives them: labels that the model reads or
   * computes, or targets that another loss brought. They keep their number format; class indices are int32 or int64.
   */
  readonly existing?: readonly InputName[] | undefined;
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
 * Works on models of opset 11 to 26, of any size: their bytes are copied and not taken apart, only names are read. Data
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
  return joined(lossSplice(model, loss, options));
}

/**
 * The bytes of {@link appendLoss} piece by piece, for models that are better not read into memory: of a model given as a
 * {@link ModelSource} names are read at once, and everything else a megabyte at a time while the pieces are taken.
 *
 * @throws {@link FocalLossError} as `appendLoss` does, before the first piece.
 *
 * @example
 * ```ts
 * await writeFile('with-loss.onnx', lossPieces(source, sigmoidFocal(), { logits: 'scores' }));
 * ```
 */
export function lossPieces(model: Uint8Array | ModelSource, loss: Loss, options: AppendOptions): Iterable<Uint8Array> {
  return chunks(lossSplice(model, loss, options));
}

function lossSplice(model: Uint8Array | ModelSource, loss: Loss, options: AppendOptions): Piece[] {
  checkLoss('appendLoss', loss);
  const where = `appendLoss ${loss.name}`;
  const given = checkGraph(loss.name, loss, options ?? {}, appendChecks(loss)) as AppendOptions;
  const names = { ...ownNames, value: 'loss', ...checkNames(where, given.names) };
  const wants = wantsOf(given.grad, given.hess);
  const used = [
    'targets' as const,
    ...(given.weights ? ['weights' as const] : []),
    ...(given.normalizer ? ['normalizer' as const] : []),
    ...wants,
    ...(given.topK === undefined ? [] : (['topValues', 'topIndices'] as const)),
  ];
  const known = given.existing ?? [];
  const without = known.find((key) => !used.includes(key));
  if (without !== undefined) throw problem(where, 'existing', known, `no ${without}, which this loss is not given`);
  const fresh = new Map(
    used.flatMap((key) => (known.includes(key as InputName) ? [] : [[`names.${key}`, names[key]] as const])),
  );
  return append(where, model, loss, given, fresh, (w, logits, content) => {
    checkShape(where, loss, given, logits.shape);
    const existing = existingPorts(where, content, loss, given, names, logits);
    return lossGraph(w, loss, { ...given, wants, existing }, logits, { ...names, logits: logits.name });
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
  return joined(posteriorSplice(model, loss, options));
}

/**
 * The bytes of {@link appendPosterior} piece by piece, as {@link lossPieces} has those of `appendLoss`.
 *
 * @throws {@link FocalLossError} as `appendPosterior` does, before the first piece.
 */
export function posteriorPieces(
  model: Uint8Array | ModelSource,
  loss: Loss,
  options: AppendPosteriorOptions,
): Iterable<Uint8Array> {
  return chunks(posteriorSplice(model, loss, options));
}

function posteriorSplice(model: Uint8Array | ModelSource, loss: Loss, options: AppendPosteriorOptions): Piece[] {
  checkLoss('appendPosterior', loss);
  const where = `appendPosterior ${loss.name}`;
  const given = checkOptions(loss.name, options ?? {}, posteriorChecks(loss)) as unknown as AppendPosteriorOptions;
  const { name = 'posterior' } = given;
  return append(where, model, loss, given, new Map([['name', name]]), (w, logits) => {
    checkShape(where, loss, { axis: given.axis }, logits.shape);
    return posteriorGraph(w, loss, given, logits, name);
  });
}

/** A model with what is written behind its logits. */
function append(
  where: string,
  model: Uint8Array | ModelSource,
  loss: Loss,
  given: LogitsOptions,
  names: ReadonlyMap<string, string>,
  write: (w: Writer, logits: Port, content: Scan) => LossGraph,
): Piece[] {
  const content = scanned(where, model);
  const opset = content.opsets.get('') ?? 0;
  if (opset < OPSETS.first || opset > OPSETS.last) {
    const got = opset === 0 ? 'a model without standard operations' : `a model of opset ${opset}`;
    throw problem(where, 'model', got, `one of opset ${OPSETS.first} to ${OPSETS.last}`);
  }
  const logits = portOf(where, content, loss, given);
  const problems = clashes(content, names);
  if (problems.length > 0) throw new FocalLossError(where, problems);

  const prefix = prefixFor(content, [...names.values()]);
  const added = write(new Writer(precisionOf(logits.element as LogitsDtype), opset, prefix), logits, content);
  const functions = added.functions.map((definition) => nameIn(content, definition, opset));
  const renamed = new Map(added.functions.map(({ name }, i) => [name, functions[i].name]));
  const nodes = added.nodes.map((node) =>
    node.domain === DOMAIN ? { ...node, op: renamed.get(node.op) ?? node.op } : node,
  );
  const fresh = functions.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  const knowsDomain = content.opsets.has(DOMAIN) || functions.length === 0;
  const pieces = splice(content, {
    graph: graphFields({ nodes, inputs: added.inputs, outputs: added.outputs }),
    model: functionFields(fresh, knowsDomain ? undefined : DOMAIN),
    // Functions came with version 8 of the format.
    irVersion: functions.length > 0 ? 8 : 0,
  });
  const length = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  if (length >= 2 ** 31) {
    const takes =
      'one that is below 2 GiB with what is appended, the limit of the format: keep weights in another file';
    throw problem(where, 'model', `${model.length} bytes`, takes);
  }
  return pieces;
}

function scanned(where: string, model: unknown): Scan {
  if (!(model instanceof Uint8Array) && !isSource(model)) {
    throw problem(where, 'model', model, 'the bytes of an ONNX model, as a Uint8Array');
  }
  try {
    return scan(model instanceof Uint8Array ? sourceOf(model) : model);
  } catch (error) {
    if (!(error instanceof NotAModel)) throw error;
    throw problem(where, 'model', `${model.length} bytes`, `the bytes of an ONNX model, not ${error.message}`);
  }
}

const isSource = (model: unknown): model is ModelSource =>
  typeof model === 'object' &&
  typeof (model as ModelSource | null)?.read === 'function' &&
  Number.isInteger((model as ModelSource).length);

/** `focal_loss/`, or the same with a number: a loss may be appended twice. */
function prefixFor({ owners, nodes }: Scan, fresh: readonly string[]): string {
  const names = [...owners.keys(), ...nodes.map(({ name }) => name), ...fresh];
  const taken = names.filter((name) => name.startsWith('focal_loss'));
  for (let i = 1; ; i++) {
    const prefix = i === 1 ? 'focal_loss/' : `focal_loss_${i}/`;
    if (!taken.some((name) => name.startsWith(prefix))) return prefix;
  }
}

/** What to call a function in this model; without bytes if it is there already. */
function nameIn({ functions }: Scan, definition: FunctionDefinition, opset: number) {
  for (let i = 1; ; i++) {
    const name = i === 1 ? definition.name : `${definition.name}_${i}`;
    const bytes = functionProto({ ...definition, name }, opset);
    const known = functions.get(name);
    if (known === undefined) return { name, bytes };
    if (known.length === bytes.length && known.every((byte, at) => byte === bytes[at])) return { name };
  }
}

const problem = (where: string, field: string, got: unknown, takes: string) =>
  new FocalLossError(where, [{ field, got, takes }]);

const inputNames: readonly string[] = ['targets', 'weights', 'normalizer'];
const named: readonly string[] = [...inputNames, 'value', 'grad', 'hess', 'topValues', 'topIndices'];

/** Names, each looked at under its own key. */
function checkNames(where: string, names: AppendOptions['names']): Partial<Names> {
  const given = { ...names };
  const problems = Object.entries(given).flatMap(([key, got]): Problem[] => {
    if (!named.includes(key)) {
      return [{ field: `names.${key}`, got, takes: `nothing: there are names for ${named.join(', ')}` }];
    }
    return got === undefined || isName(got) ? [] : [{ field: `names.${key}`, got, takes: 'a name' }];
  });
  if (problems.length > 0) throw new FocalLossError(where, problems);
  return Object.fromEntries(Object.entries(given).filter(([, name]) => name !== undefined));
}

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

const isObject = (got: unknown) => typeof got === 'object' && got !== null && !Array.isArray(got);

const appendChecks = (loss: Loss) => ({
  logits: logitsCheck,
  ...logitsChecks(loss),
  existing: {
    takes: `a list of ${inputNames.join(', ')}`,
    accepts: (got: unknown) => Array.isArray(got) && got.every((key) => inputNames.includes(key)),
  },
  names: { takes: `an object with names for ${named.join(', ')}`, accepts: isObject },
});
