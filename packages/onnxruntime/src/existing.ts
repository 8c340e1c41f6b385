import { FocalLossError, type Loss } from '@focal-loss/core';
import {
  type Dimension,
  type Element,
  elementTypes,
  entriesOf,
  type InputName,
  type LossGraphOptions,
  type Names,
  type Port,
} from '@focal-loss/onnx';
import { dimensionsOf } from './logits.ts';
import { nearMatches } from './names.ts';
import type { Scan, TypeInfo } from './scan.ts';

/** What an input of a loss can be told by, where the model has it already. */
interface Asked extends Pick<LossGraphOptions, 'targets' | 'axis' | 'weightsShape'> {
  readonly existing?: readonly InputName[] | undefined;
}

/**
 * The inputs of a loss that a model has already, as it describes them.
 *
 * @throws {@link FocalLossError} naming one that is no value of the graph, or whose number format or shape does not do.
 */
export function existingPorts(
  where: string,
  content: Scan,
  loss: Loss,
  { existing = [], targets, axis = -1, weightsShape }: Asked,
  names: Omit<Names, 'logits'>,
  logits: Port,
): Partial<Record<InputName, Port>> {
  const entries = entriesOf(loss, axis, logits);
  const shapes: Record<InputName, readonly Dimension[]> = {
    targets: targets === 'rows' ? logits.shape : entries,
    weights: weightsShape ?? entries,
    normalizer: [],
  };
  return Object.fromEntries(existing.map((key) => [key, portOf(key)]));

  function portOf(key: InputName): Port {
    const name = names[key];
    const bad = (takes: string) => new FocalLossError(where, [{ field: `names.${key}`, got: name, takes }]);
    if (!content.values.has(name)) {
      const similar = nearMatches(content, name).map((one) => `"${one}"`);
      throw bad(`a value of the graph${similar.length === 0 ? '' : `; similar: ${similar.join(', ')}`}`);
    }
    const type = content.types.get(name);
    const elements = Object.keys(elementTypes) as Element[];
    const element = elements.find((one) => elementTypes[one] === type?.element);
    const isIndex = key === 'targets' && loss.targets === 'class' && targets !== 'rows';
    const fits = isIndex ? element === 'int32' || element === 'int64' : element !== undefined;
    if (element === undefined || !fits) {
      const formats = isIndex ? 'int32 or int64' : elements.join(', ');
      throw bad(
        `a value of ${formats}, which the model says${type === undefined ? '; of this one it says nothing' : ''}`,
      );
    }
    const shape = shapeIn(name, type, shapes[key]);
    if (shape === undefined) {
      throw bad(
        `a value of shape [${shapes[key].join(', ')}]: in the model it is [${dimensionsOf(name, type)?.join(', ')}]`,
      );
    }
    return { name, element, shape };
  }
}

/**
 * The shape of a value in the model, with a name for each size that is to be compared with the logits' when the model runs: a single
 * entry would broadcast in silence. Undefined if the model says that it does not fit.
 */
function shapeIn(
  name: string,
  type: TypeInfo | undefined,
  wanted: readonly Dimension[],
): readonly Dimension[] | undefined {
  const own = dimensionsOf(name, type) ?? wanted.map((size, i) => (size === 1 ? size : `${name}_${i}`));
  const isOther = (size: Dimension, i: number) =>
    typeof size === 'number' && typeof wanted[i] === 'number' && size !== wanted[i];
  if (own.length !== wanted.length || own.some(isOther)) return undefined;
  return own.map((size, i) => (typeof wanted[i] === 'string' ? wanted[i] : size));
}
