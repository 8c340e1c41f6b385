/**
 * Losses of one's own, made up at random: a backend that knows the family by name meets formulas that nobody wrote by hand.
 *
 * @module
 */
import type { Link } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import type { Check, Clause } from './clause.ts';
import { customFactory, spellings, takesFarRoot } from './customLosses.ts';
import { Draw } from './draw.ts';
import { drawnCall, type Wanted } from './drawCall.ts';
import { judged } from './judged.ts';
import { compared } from './randomOptions.ts';

/** Where a parameter is called like an option, the option, and nothing that may leave nothing of it. */
const plain: Wanted = { weights: 'none', reduction: 'none' };
const meets: Readonly<Record<string, Wanted>> = {
  alpha: { ...plain, alpha: 'given' },
  ignoreIndex: { ...plain, smoothed: true },
};

const check = (link: Link, seed: number): Check => ({
  id: `random.custom/${link}`,
  needs: ['customLoss', ...(link === 'softmax' ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * seed);
    const calls = { cpu: 40, composed: 15, gpu: 3 }[subject.device];
    for (let call = 0; call < calls; call++) {
      const spelling = spellings[(subject.seed + call) % spellings.length];
      const drawn = drawnCall(customFactory(draw, link, false, spelling), subject, draw, meets[spelling[0]]);
      if (takesFarRoot(drawn, subject)) continue;
      const order = subject.can('hess') && call % 3 === 2 ? 2 : 1;
      const alone = subject.device !== 'gpu' && order === 1;
      await judged(finding, drawn, (each, finding) => compared(each, subject, finding, order, alone));
    }
  },
});

/** Losses that are nobody's. */
export const randomCustom: Clause = {
  id: 'random.custom',
  statement: "losses of one's own, made up at random, with all options at once: any formula, not only the family's",
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [check('sigmoid', 500), check('softmax', 501)],
};
