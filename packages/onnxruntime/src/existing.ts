import { FocalLossError, type Loss } from '@focal-loss/core';
import {
  type Element,
  elementTypes,
  type InputName,
  type LossGraphOptions,
  type Names,
  type Port,
} from '@focal-loss/onnx';
import { dimensionsOf } from './logits.ts';
import { nearMatches } from './names.ts';
import type { Scan } from './scan.ts';

/** What an input of a loss can be told by, where the model has it already. */
interface Asked extends Pick<LossGraphOptions, 'targets'> {
  readonly existing?: readonly InputName[] | undefined;
}

/**
 * The inputs of a loss that a model has already, as it describes them.
 *
 * @throws {@link FocalLossError} naming one that is no value of the graph, or whose number format does not do.
 */
export function existingPorts(
  where: string,
  content: Scan,
  loss: Loss,
  { existing = [], targets }: Asked,
  names: Omit<Names, 'logits'>,
): Partial<Record<InputName, Port>> {
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
    return { name, element, shape: dimensionsOf(name, type) ?? [] };
  }
}
