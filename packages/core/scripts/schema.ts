/**
 * The JSON schema of a loss as data, made of the family: what `JSON.stringify(loss)` writes and `lossFrom` reads.
 *
 *     npm run schema -w @focal-loss/core
 */
import * as factories from '../src/factories.ts';
import { family } from '../src/formulas/index.ts';
import type { Link, Param } from '../src/formulas/member.ts';
import type { Loss } from '../src/loss.ts';

const makers = factories as unknown as Readonly<Record<string, (options?: object) => Loss>>;
const list = (items: object) => ({ type: 'array', items, minItems: 1 });
const share = { type: 'number', minimum: 0, maximum: 1 };

const optionsOf = (link: Link): Record<string, object> => ({
  alpha:
    link === 'sigmoid' ? { anyOf: [share, list(share)] } : { ...list({ type: 'number', minimum: 0 }), minItems: 2 },
  reduction: { enum: ['mean', 'sum', 'example', 'none'] },
  normalizer: { enum: ['count', 'positives', 'weights'] },
  ignoreIndex: { type: 'integer' },
  labelSmoothing: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
  ...(link === 'softmax' && { background: { type: 'integer', minimum: 0 } }),
});

function ofParam({ min = -1e6, max = 1e6, exclusive, flag, default: usual }: Param): object {
  if (flag) return { type: 'boolean', default: usual === 1 };
  return {
    type: 'number',
    ...(exclusive ? { exclusiveMinimum: min } : { minimum: min }),
    maximum: max,
    default: usual,
  };
}

/** Whether a factory takes an option at all. */
function takes(make: (options?: object) => Loss, option: string): boolean {
  try {
    make({ [option]: Symbol('nothing') });
  } catch (error) {
    return !String(error).includes('takes nothing');
  }
  return true;
}

function ofFactory(name: string): object {
  const make = makers[name];
  const { key, link } = make();
  const params = family.find((member) => member.key === key)?.params ?? {};
  const options = Object.entries(optionsOf(link)).filter(([option]) => !(option in params) && takes(make, option));
  return {
    title: name,
    type: 'object',
    required: ['loss'],
    additionalProperties: false,
    properties: {
      loss: { const: name },
      ...Object.fromEntries(Object.entries(params).map(([param, of]) => [param, ofParam(of)])),
      ...Object.fromEntries(options),
    },
  };
}

export const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A loss of the focal loss family',
  description:
    'What JSON.stringify(loss) of @focal-loss/core writes, and lossFrom reads. Options that are absent have their defaults.',
  oneOf: Object.keys(makers).sort().map(ofFactory),
};
