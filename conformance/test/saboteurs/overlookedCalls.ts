/**
 * Right in short calls that begin together, of losses made for each, and arrays of their own: wrong in long ones, in the midst of
 * others, in another layout of the same loss object, on parts of a buffer, and on nothing.
 *
 * @module
 */
import { type Answer, type Backend, type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, type Open, saboteur, withCall } from './saboteur.ts';

const has = { supports: everything };
const long = { ...has, largest: 8e4 };

const isPosterior = ({ wants }: Call) => wants.includes('posterior');
const isRows = ({ loss, logits, targets }: Call) => loss.link === 'softmax' && targets.length === logits.length;
const count = (shape: readonly number[]) => shape.reduce((all, size) => all * size, 1);
const sumOf = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((sum, one) => sum + one, 0);
const changed = (call: Call, change: Partial<Call>) => withCall(() => change)(call);

/** Probabilities of long arrays, in memory that is there for all of them. */
function pooledPosteriors(): Evaluate {
  let pool = new Float64Array(0);
  return afterwards((answer) => {
    const { posterior } = answer;
    if (posterior === undefined || posterior.length < 10_000) return answer;
    if (pool.length < posterior.length) pool = new Float64Array(posterior.length);
    pool.set(Array.from(posterior));
    return { posterior: pool.subarray(0, posterior.length) };
  });
}

/** Two workers, whose jobs are kept until they get to them. */
function twoWorkers(): Evaluate {
  const jobs: Call[] = [];
  let turn = 0;
  return async (call) => {
    if (call.logits.length < 10_000) return evaluate(call);
    const worker = turn++ % 2;
    jobs[worker] = call;
    await new Promise((resolve) => setTimeout(resolve, 0));
    return evaluate(jobs[worker]);
  };
}

/** Threads add their weights to the denominator, each when it comes to it. */
function hastyThreads(): Evaluate {
  let turn = 0;
  return afterwards((answer, { loss, logits }) => {
    const { value } = answer;
    if (loss.normalizer !== 'weights' || typeof value !== 'number' || logits.length < 50_000) return answer;
    return { ...answer, value: value * (1 + (turn++ % 2) * 2 ** -52) };
  });
}

/** Uploads of long arrays, known by how many numbers they are and what these add up to. */
function knownBySum(): Evaluate {
  let known: { key: string; logits: Call['logits'] } | undefined;
  return (call) => {
    if (call.logits.length < 10_000) return evaluate(call);
    const key = `${call.logits.length} ${sumOf(call.logits)}`;
    if (known?.key !== key) known = { key, logits: call.logits.slice() };
    return changed(call, { logits: known.logits });
  };
}

/** Holds on to something of each call of a kind. */
function holding(
  isHeld: (call: Call, refused: boolean) => boolean,
): Partial<Backend> & { readonly evaluate: Evaluate } {
  let held = 0;
  return {
    ...has,
    resources: () => held,
    close: () => {
      held = 0;
    },
    evaluate(call) {
      try {
        const answer = evaluate(call);
        if (isHeld(call, false)) held += 1;
        return answer;
      } catch (error) {
        if (isHeld(call, true)) held += 1;
        throw error;
      }
    },
  };
}

/** Gradients wait for scratch memory, and probabilities take it. */
function scratchTaken(): Evaluate {
  let scratch: Call['logits'];
  let turn: Promise<unknown> = Promise.resolve();
  return (call) => {
    if (isPosterior(call)) {
      scratch = call.logits;
      return evaluate(call);
    }
    const run = async () => {
      scratch = call.logits;
      for (let i = 0; i < 10; i++) await undefined;
      return changed(call, scratch.length === call.logits.length ? { logits: scratch } : {});
    };
    const own = turn.then(run, run);
    turn = own.catch(() => {});
    return own;
  };
}

/** Of an α for each class, the axis that the first call of a shape had. */
function axisOfShape(): Evaluate {
  const known = new Map<string, Pick<Call, 'axis'>>();
  return (call) => {
    const { loss, shape, axis = -1 } = call;
    if (loss.link === 'softmax' || typeof loss.alpha !== 'object') return evaluate(call);
    const key = `${shape} ${loss.alpha}`;
    if (!known.has(key)) known.set(key, { axis });
    return changed(call, known.get(key) as Pick<Call, 'axis'>);
  };
}

/** A loss object has the shape of its first call of as many logits. */
function shapeOfLoss(): Evaluate {
  const known = new WeakMap<object, Map<number, readonly number[]>>();
  return (call) => {
    const { loss, shape, logits, weightsShape } = call;
    if (loss.reduction !== 'example' || loss.link === 'softmax' || weightsShape || loss.alpha) return evaluate(call);
    const own = known.get(loss) ?? new Map<number, readonly number[]>();
    known.set(loss, own);
    const first = own.get(logits.length) ?? shape;
    own.set(logits.length, first);
    // As long as it should be: nobody sees that the rest was never written.
    const answer = changed(call, { shape: first }) as Answer;
    const value = Array.from({ length: shape[0] ?? 1 }, (_, i) => (answer.value as ArrayLike<number>)?.[i] ?? 0);
    return 'value' in answer ? { ...answer, value } : answer;
  };
}

/** Plans kept by the digits of a shape of several axes. */
function plansByDigits(): Evaluate {
  const plans = new Map<string, number>();
  return (call) => {
    const { loss, shape, logits } = call;
    if (loss.link === 'softmax' || shape.length < 2) return evaluate(call);
    const planned = plans.get(shape.join('')) ?? count(shape);
    plans.set(shape.join(''), planned);
    if (planned >= logits.length || isPosterior(call)) return evaluate(call);
    const { grad, ...answer } = evaluate(call);
    return { ...answer, ...(grad && { grad: Array.from(grad, (slope, i) => (i < planned ? slope : 0)) }) };
  };
}

/** Uploads known by their buffer and length, for as long as the buffer has the same numbers in it. */
function knownByBuffer(field: 'logits' | 'targets' | 'weights'): Evaluate {
  const known = new WeakMap<object, { all: string; own: Map<number, Float64Array> }>();
  return (call) => {
    const given = call[field] as Float64Array | undefined;
    if (given === undefined || given.buffer.byteLength > 8000) return evaluate(call);
    const all = new Float64Array(given.buffer).join();
    const before = known.get(given.buffer);
    const entry = before?.all === all ? before : { all, own: new Map<number, Float64Array>() };
    known.set(given.buffer, entry);
    const sent = entry.own.get(given.length) ?? given.slice();
    entry.own.set(given.length, sent);
    return changed(call, { [field]: sent });
  };
}

export const overlookedCalls: readonly Open[] = [
  saboteur('probabilities of ten thousand logits are in memory of a pool', ['calls.memory'], pooledPosteriors(), long),
  saboteur('two workers for large calls, each with one place for a job', ['calls.concurrent'], twoWorkers(), long),
  saboteur(
    'from 50,000 entries on threads add up the denominator in the order in which they end',
    ['calls.repeatable'],
    hastyThreads(),
    long,
  ),
  saboteur('uploads of ten thousand logits are known by what they add up to', ['random.sequences'], knownBySum(), {
    ...long,
    largest: 3e4,
  }),
  saboteur(
    'rows of probabilities are copied, and the copies kept',
    ['calls.leaks'],
    ...heldBy((call, refused) => !refused && !isPosterior(call) && isRows(call)),
  ),
  saboteur(
    'what is refused while second derivatives are made is not given back',
    ['calls.leaks'],
    ...heldBy(({ wants }, refused) => refused && wants.includes('hess')),
  ),
  saboteur(
    'a posterior takes the scratch memory of the gradient that is under way',
    ['calls.concurrent'],
    scratchTaken(),
    has,
  ),
  saboteur('the axis of an α for each class is kept by the shape', ['random.sequences'], axisOfShape(), has),
  saboteur('a loss object keeps the shape of its first call', ['random.sequences'], shapeOfLoss(), has),
  saboteur('plans are kept by the digits of the shape', ['random.sequences'], plansByDigits(), has),
  ...(['logits', 'targets', 'weights'] as const).map((field) =>
    saboteur(`${field} are known by their buffer and length`, ['random.sequences'], knownByBuffer(field), has),
  ),
  saboteur(
    'an array that is logits and weights is sent once, as logits',
    ['random.sequences'],
    withCall(({ logits, weights }) => (weights === logits ? { weights: logits.map(() => 1) } : {})),
    has,
  ),
  saboteur(
    'weights that broadcast get the rank of the targets, in place',
    ['calls.inputs'],
    (call) => {
      const answer = evaluate(call);
      const sizes = call.weightsShape as number[] | undefined;
      if (call.loss.link === 'sigmoid') while (sizes && sizes.length < call.shape.length) sizes.unshift(1);
      return answer;
    },
    has,
  ),
  saboteur(
    'a buffer of no bytes for the probabilities of nothing',
    ['calls.empty'],
    (call) => {
      if (call.logits.length === 0 && isPosterior(call)) throw new RangeError('the size of a buffer is 0');
      return evaluate(call);
    },
    has,
  ),
];

/** The function of a backend that holds, and the backend. */
function heldBy(isHeld: Parameters<typeof holding>[0]): [Evaluate, Partial<Backend>] {
  const backend = holding(isHeld);
  return [backend.evaluate, backend];
}
