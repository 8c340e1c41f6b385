import type { LossSpec } from '../case.ts';
import { factories } from '../factories.ts';

/** Every loss of a link, at the settings that its textbook entry tries. */
const lossesOf = (link: 'sigmoid' | 'softmax'): LossSpec[] =>
  factories
    .filter((factory) => factory.link === link)
    .flatMap(({ name, definition }) => definition.tried[link].map((options) => ({ factory: name, options })));

export const sigmoidLosses: readonly LossSpec[] = lossesOf('sigmoid');

export const softmaxLosses: readonly LossSpec[] = lossesOf('softmax');

/** Every loss of a link that has the option α, at the settings that go with it. */
export const balancedLosses = (link: 'sigmoid' | 'softmax'): LossSpec[] =>
  factories
    .filter((factory) => factory.link === link && factory.hasAlpha)
    .flatMap(({ name, definition, defaults }) =>
      (definition.balanced?.[link] ?? [defaults]).map((options) => ({ factory: name, options })),
    );

/** The element by element form of a loss. */
export const elementwise = ({ factory, options }: LossSpec): LossSpec => ({
  factory,
  options: { ...options, reduction: 'none' },
});

/** How ids spell a loss: `sigmoidFocal(gamma=2)`. */
export const spell = ({ factory, options }: LossSpec): string =>
  `${factory}(${Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')})`;
