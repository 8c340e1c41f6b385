import type { Loss } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { renamed } from './operation.ts';

/** What is used of a node of tfjs's tape. */
interface TapeNode {
  readonly id: number;
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
  readonly saved: readonly tf.Tensor[];
}

interface State {
  readonly activeTape: TapeNode[];
  nextTapeNodeId: number;
}

const state = () => tf.engine().state as unknown as State;

/**
 * Operations that only move numbers, and which of their inputs these are; `'all'` of those that put several together. What they
 * add is constant: it has no gradient.
 */
const MOVERS: Readonly<Record<string, 'all' | readonly string[]>> = {
  Identity: ['x'],
  Cast: ['x'],
  Reshape: ['x'],
  ExpandDims: ['input'],
  Transpose: ['x'],
  Concat: 'all',
  Pack: 'all',
  Unpack: ['value'],
  SplitV: ['x'],
  Slice: ['x'],
  StridedSlice: ['x'],
  GatherV2: ['x'],
  PadV2: ['x'],
  MirrorPad: ['x'],
  Tile: ['x'],
  Reverse: ['x'],
  ResizeNearestNeighbor: ['images'],
  BatchToSpaceND: ['x'],
  SpaceToBatchND: ['x'],
};

/** The kernel that a model's probabilities come from, and what it calls its logits. */
const LINKS = { sigmoid: ['Sigmoid', 'x'], softmax: ['Softmax', 'logits'] } as const;

/** Where predictions came from, as far as the running tape tells. */
export interface Origin {
  /** The sigmoid's or softmax's own input, if nothing lies between; perhaps disposed of, since a tape knows tensors by name. */
  readonly logits?: tf.Tensor;
  /** A tensor on the tape that takes the gradient by the logits, where the predictions are. */
  readonly anchor?: tf.Tensor;
  /** The first operation on the way back that cannot be seen through; absent if nothing made the predictions while it ran. */
  readonly opaque?: string;
}

/** Looks for the sigmoid or softmax behind predictions, through operations that only move numbers. */
export function originOf({ link }: Loss, predictions: tf.Tensor): Origin {
  if (!tf.engine().isTapeOn()) return {};
  const { activeTape } = state();
  const makers = new Map<number, TapeNode>();
  for (const node of activeTape) for (const output of node.outputs) if (output) makers.set(output.id, node);
  const [kernel, input] = LINKS[link];
  let opaque: string | undefined;
  const shadows = new Map<number, tf.Tensor>();
  const added: Omit<TapeNode, 'id'>[] = [];

  const own = makers.get(predictions.id);
  if (own?.kernelName === kernel) return { logits: own.inputs[input], anchor: own.inputs[input] };
  const anchor = shadowOf(predictions);
  if (anchor === undefined) return opaque === undefined ? {} : { opaque };
  for (const node of added) activeTape.push({ ...node, id: state().nextTapeNodeId++ });
  return { anchor };

  /** What takes the place of a tensor where logits run through the same operations. */
  function shadowOf(tensor: tf.Tensor): tf.Tensor | undefined {
    const node = makers.get(tensor.id);
    if (node?.kernelName === kernel) return node.inputs[input];
    const known = shadows.get(tensor.id);
    if (node === undefined || known !== undefined) return known;
    const moved = MOVERS[node.kernelName];
    const names = moved === 'all' ? Object.keys(node.inputs) : moved;
    const data = names?.map((name) => node.inputs[name]);
    if (data === undefined || node.gradient === undefined || (link === 'softmax' && !data.every(keepsRows(node)))) {
      opaque ??= node.kernelName;
      return undefined;
    }
    const sources = data.map(shadowOf);
    if (sources.includes(undefined)) {
      opaque ??= node.kernelName;
      return undefined;
    }
    const inputs = { ...node.inputs, ...Object.fromEntries((names ?? []).map((name, i) => [name, sources[i]])) };
    const outputs = node.outputs.map(renamed);
    node.outputs.forEach((output, i) => {
      shadows.set(output.id, outputs[i]);
    });
    added.push({
      kernelName: node.kernelName,
      inputs: inputs as TapeNode['inputs'],
      outputs,
      gradient: node.gradient,
      saved: [],
    });
    return shadows.get(tensor.id);
  }
}

/** Whether the rows of a softmax stay rows. Of a transposition only the sizes are known. */
const keepsRows =
  ({ kernelName, outputs }: TapeNode) =>
  ({ shape }: tf.Tensor): boolean => {
    const classes = shape.at(-1);
    const isAlone = shape.indexOf(classes as number) === shape.length - 1;
    return outputs.every((output) => output.shape.at(-1) === classes) && (kernelName !== 'Transpose' || isAlone);
  };

/** Whether logits are a sigmoid's or softmax's output, moved or not, as far as the running tape tells. */
export function areProbabilities(logits: tf.Tensor): 'sigmoid' | 'softmax' | undefined {
  if (!tf.engine().isTapeOn()) return undefined;
  const { activeTape } = state();
  let at: tf.Tensor | undefined = logits;
  for (let i = activeTape.length - 1; i >= 0 && at !== undefined; i--) {
    const { kernelName, inputs, outputs } = activeTape[i];
    if (!outputs.some((output) => output?.id === at?.id)) continue;
    if (kernelName === 'Sigmoid') return 'sigmoid';
    if (kernelName === 'Softmax') return 'softmax';
    const moved = MOVERS[kernelName];
    at = moved === undefined ? undefined : inputs[moved === 'all' ? Object.keys(inputs)[0] : moved[0]];
  }
  return undefined;
}
