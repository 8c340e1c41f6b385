import { alphaSaboteurs } from './alpha.ts';
import { callSaboteurs } from './calls.ts';
import { formulaSaboteurs } from './formulas.ts';
import { gradientSaboteurs } from './gradients.ts';
import { optionSaboteurs } from './options.ts';
import { reductionSaboteurs } from './reductions.ts';
import { roundingSaboteurs } from './rounding.ts';
import type { Saboteur } from './saboteur.ts';
import { softmaxSaboteurs } from './softmax.ts';

/** Every wrong backend: the reference with one mistake that has been made in practice. */
export const saboteurs: readonly Saboteur[] = [
  ...alphaSaboteurs,
  ...formulaSaboteurs,
  ...gradientSaboteurs,
  ...softmaxSaboteurs,
  ...reductionSaboteurs,
  ...roundingSaboteurs,
  ...optionSaboteurs,
  ...callSaboteurs,
];
