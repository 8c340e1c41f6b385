import { badInputAgain, callsAgain, gridsAgain, nonfiniteAgain, optionsAgain } from './again.ts';
import { alphaSaboteurs } from './alpha.ts';
import { anchorSaboteurs } from './anchors.ts';
import { badInputSaboteurs, callSaboteurs, nonfiniteSaboteurs } from './calls.ts';
import { closeBadInput, closeCalls, closeGrids, closeNonfinite, closeOptions } from './close.ts';
import { combinedSaboteurs } from './combined.ts';
import { badInputEdges, nonfiniteEdges } from './edges.ts';
import { formulaSaboteurs } from './formulas.ts';
import { gradientSaboteurs } from './gradients.ts';
import { gridSaboteurs } from './grids.ts';
import { keptCalls, keptNonfinite, keptOptions, keptParts } from './kept.ts';
import { optionSaboteurs } from './options.ts';
import { farSaboteurs, longSaboteurs, posteriorSaboteurs } from './overlooked.ts';
import { overlookedCalls } from './overlookedCalls.ts';
import { overlookedBadInput, overlookedNonfinite, overlookedOptions } from './overlookedNumbers.ts';
import { reductionSaboteurs } from './reductions.ts';
import { roundingSaboteurs } from './rounding.ts';
import { because, type Saboteur } from './saboteur.ts';
import { softmaxSaboteurs } from './softmax.ts';
import { stateSaboteurs } from './state.ts';
import { wideGrids, wideOptions, wideReductions } from './wide.ts';

/** Every wrong backend: the reference with one mistake that has been made in practice. */
export const saboteurs: readonly Saboteur[] = [
  ...because('formula', [...alphaSaboteurs, ...formulaSaboteurs, ...gradientSaboteurs, ...softmaxSaboteurs]),
  ...because('reduction', [...reductionSaboteurs, ...wideReductions]),
  ...because('rounding', roundingSaboteurs),
  ...because('anchor', anchorSaboteurs),
  ...because('options', [
    ...optionSaboteurs,
    ...combinedSaboteurs,
    ...closeOptions,
    ...wideOptions,
    ...posteriorSaboteurs,
    ...overlookedOptions,
    ...optionsAgain,
    ...keptOptions,
    ...keptParts,
  ]),
  ...because('grids', [
    ...gridSaboteurs,
    ...closeGrids,
    ...wideGrids,
    ...farSaboteurs,
    ...longSaboteurs,
    ...gridsAgain,
  ]),
  ...because('calls', [
    ...callSaboteurs,
    ...stateSaboteurs,
    ...closeCalls,
    ...overlookedCalls,
    ...callsAgain,
    ...keptCalls,
  ]),
  ...because('bad input', [
    ...badInputSaboteurs,
    ...badInputEdges,
    ...closeBadInput,
    ...overlookedBadInput,
    ...badInputAgain,
  ]),
  ...because('non-finite', [
    ...nonfiniteSaboteurs,
    ...nonfiniteEdges,
    ...closeNonfinite,
    ...overlookedNonfinite,
    ...nonfiniteAgain,
    ...keptNonfinite,
  ]),
];
