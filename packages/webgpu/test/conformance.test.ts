import { conformance } from '@focal-loss/conformance/vitest';
import backends from '../conformance.js';

const [inFull, ...others] = backends;
conformance(inFull);

// A GPU in software takes most of a minute for each: of the other format and the other place, what they may do otherwise.
// `focal-conformance --all` runs it whole.
conformance(others, {
  clauses: ['values.*', 'softmax.*', 'reductions', 'weights', 'calls.*', 'bad-*', 'random.options'],
});
