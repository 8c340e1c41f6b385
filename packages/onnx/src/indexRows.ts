import type { TensorOps } from '@focal-loss/core';
import type { axisOps } from './axis.ts';
import { boundOf, clip, largestOf } from './bounded.ts';
import type { Call } from './call.ts';
import { sumLow } from './rounding.ts';
import type { GraphValue, Writer } from './writer.ts';

/** Where the class of each row lies. */
interface Place {
  /** A column; 0 for a class that is none. */
  readonly index: GraphValue;
  /** A truth over entries: whether it is one. */
  readonly valid: GraphValue;
}

/** What the shares of a row are relative to: a whole number not far above the largest of its other logits. */
interface Base {
  readonly value: GraphValue;
  /** The logits, far below all others at the class of the row. */
  readonly masked: GraphValue;
  /** The largest of the others, or one close to it. */
  readonly largest: GraphValue;
  /** What is subtracted from logits; a whole number, mostly 0. */
  readonly shift: GraphValue;
  /** e^(shift − base). */
  readonly unit: GraphValue;
}

/** The exponentials e^(x − shift) of a row, 0 at its class. */
interface Shifted {
  readonly of: GraphValue;
  readonly base: Base;
}

/** Their sum. */
interface Total {
  readonly of: GraphValue;
  readonly asColumn: GraphValue;
}

/** A margin, as what it is made of. */
interface Margin {
  readonly own: GraphValue;
  readonly base: Base;
  /** Of the shifted exponentials of the others. */
  readonly sum: GraphValue;
}

/**
 * How much e^(x − shift) may be above 1: as many classes as there may be add up to less than the largest number, and logits that have a
 * share worth telling are still ≥ shift − 12, from where on a difference loses nothing that shows.
 */
const TOP = { float32: 76, float64: 600 } as const;

/** So far below the others a logit's loss is its margin. */
const FAR = 16;

/**
 * The algebra of a call for rows whose class is an index. As many numbers as there are logits are touched ten times for a
 * gradient, and six for a value; all else are entries. `frame` asks for a truth over all classes, and for choices by it; here
 * the class is looked up and written in its place. Columns are kept as entries until they meet a row: with a number, a size of 1 at
 * the end takes ONNX Runtime ten times as long.
 *
 * **No share has to be mended.** x − shift is exact wherever its exponential can be told from 0: where the largest is between 0 and
 * {@link TOP} nothing is subtracted at all; where all are negative, the shift is a whole number between them and 0; and where the
 * largest is far above, a whole number that leaves it at `TOP`.
 *
 * **No margin has to be mended either.** With S the sum of the shares and x the row's own logit, e^−z = S·e^(shift − x) is A/B
 * with B = 1, and one exponential of −x itself where nothing is subtracted and x is no more than 80. Only where x is {@link FAR} below
 * the base, where an error of its exponential no longer shows beside A, B = e^far keeps A in range. σ(z) = B/(A + B), σ(−z) = A/(A + B) and
 * softplus(−z) = log(A + B) − far.
 */
export function indexRows(
  w: Writer,
  call: Call,
  o: TensorOps<GraphValue>,
  { column, asColumn, entries, classCount, sumRow }: ReturnType<typeof axisOps>,
): TensorOps<GraphValue> {
  const { axis, index, rank } = call;
  const [one, bound] = [w.constant(1), boundOf(w.precision)];
  const along = { axis: { kind: 'int', value: axis } } as const;
  const where = (truth: GraphValue, a: GraphValue, b: GraphValue) => w.node('Where', [truth, a, b]);
  const exp = (a: GraphValue) => w.node('Exp', [a]);
  const nan = w.constant(Number.NaN);

  // What is known of values, by their names.
  const places = new Map<string, Place>();
  const masks = new Map<string, GraphValue>();
  const bases = new Map<string, Base>();
  const shares = new Map<string, Base>();
  const shifted = new Map<string, Shifted>();
  const totals = new Map<string, Total>();
  const logs = new Map<string, Total>();
  const own = new Map<string, Place>();
  const unfinished = new Map<string, Omit<Margin, 'sum'>>();
  const margins = new Map<string, Margin>();
  /** As many numbers as there are logits, each with its negative if that is as near. */
  const full = new Map<string, GraphValue | undefined>();
  /** Of truths, what is compared with what. */
  const compared = new Map<string, readonly [GraphValue, GraphValue]>();

  function noted<V>(notes: Map<string, V>, value: GraphValue, note: V): GraphValue {
    notes.set(value.name, note);
    return value;
  }
  const toColumn = (a: GraphValue) => (w.isUniform(a) ? asColumn(a) : column(a));

  return {
    ...o,

    /** The truth itself is written, too; where nobody reads it, it is left out. */
    hot(logits, of) {
      const truth = o.hot(logits, of);
      if (of.literal !== undefined) return truth;
      const none = w.integers([0], index, []);
      const valid = w.node('And', [w.lessOrEqual(none, of), w.node('Less', [of, classCount(index)])]);
      return noted(places, truth, { index: column(where(valid, of, none)), valid });
    },

    equal(a, b) {
      const truth = o.equal(a, b);
      return w.isUniform(a) ? truth : noted(compared, truth, [a, b]);
    },

    choose(truth, a, b) {
      // Of all classes of a row by what is known of the row.
      const [of, other] = full.has(b.name) ? (compared.get(truth.name) ?? []) : [];
      if (of && other) return noted(full, o.choose(o.equal(column(of), other), a, b), undefined);
      const place = places.get(truth.name);
      const base = shares.get(b.name);
      if (place === undefined || w.isUniform(b)) return o.choose(truth, a, b);
      if (a.literal === 0 && base !== undefined) {
        const e = exp(w.node('Sub', [base.masked, column(base.shift)]));
        return noted(shifted, w.node('Mul', [e, column(base.unit)]), { of: e, base });
      }
      if (a.literal === -Infinity) {
        // Below −bound: no other logit is. A row without a class has nothing but NaN in the end.
        const masked = scattered(b, place, column(where(place.valid, w.constant(-3 * bound), nan)));
        return noted(masks, masked, masked);
      }
      return a.literal === undefined ? scattered(b, place, toColumn(a)) : o.choose(truth, a, b);
    },

    pick(a, hot) {
      const place = places.get(hot.name);
      if (place === undefined) return o.pick(a, hot);
      if (w.isUniform(a)) return where(place.valid, ofClasses(a, place), nan);
      return noted(own, clip(w, picked(place), -bound, bound), place);
    },
    entries: (of) => (w.isUniform(of) ? o.entries(of) : of),

    maxRow(a) {
      const masked = masks.get(a.name);
      if (masked === undefined) return o.maxRow(a);
      const largest = largestOf(w, a, axis, false);
      const value = w.node('Ceil', [largest]);
      const top = clip(w, value, 0, TOP[w.precision]);
      const shift = w.node('Sub', [value, top]);
      return noted(bases, value, { value, masked, largest, shift, unit: exp(w.node('Neg', [top])) });
    },
    share(a, b) {
      const base = bases.get(b.name);
      if (base === undefined) return o.share(a, b);
      const e = exp(w.node('Sub', [a, column(base.shift)]));
      return noted(shares, w.node('Mul', [e, column(base.unit)]), base);
    },
    sumRow(a) {
      const terms = shifted.get(a.name);
      if (terms === undefined) return o.sumRow(a);
      const asColumn = sumRow(terms.of);
      const sum = entries(asColumn);
      return noted(totals, w.node('Mul', [sum, terms.base.unit]), { of: sum, asColumn });
    },
    div(a, b) {
      const [terms, sum] = [shifted.get(a.name), totals.get(b.name)];
      if (sum === undefined) return o.div(a, b);
      if (terms === undefined) return noted(full, o.div(a, column(b)), undefined);
      const over = (of: GraphValue) => w.node('Div', [terms.of, of]);
      return noted(full, over(sum.asColumn), over(w.node('Neg', [sum.asColumn])));
    },
    mul(a, b) {
      if (!full.has(a.name)) return o.mul(a, b);
      const minus = full.get(a.name);
      // A sign would be moved out to all classes.
      const made =
        b.negated && minus
          ? w.node('Mul', [minus, toColumn(b.negated)])
          : w.node('Mul', [a, full.has(b.name) ? b : toColumn(b)]);
      return noted(full, made, undefined);
    },

    log(a) {
      const total = totals.get(a.name);
      return total === undefined ? o.log(a) : noted(logs, o.log(a), total);
    },
    difference(a, b) {
      const [place, base] = [own.get(a.name), bases.get(b.name)];
      if (place !== undefined && base !== undefined) {
        const checked = where(hasSoftmax(place, base), a, nan);
        return noted(unfinished, o.difference(checked, b), { own: checked, base });
      }
      const [rest, total] = [unfinished.get(a.name), logs.get(b.name)];
      const made = o.difference(a, b);
      return rest !== undefined && total !== undefined ? noted(margins, made, { ...rest, sum: total.of }) : made;
    },
    softplus(a) {
      const margin = a.negated && margins.get(a.negated.name);
      if (margin === undefined) return o.softplus(a);
      const { far, ofOthers, ofOwn, both } = odds(margin);
      const lost = w.node('Sub', [ofOthers, w.node('Sub', [both, ofOwn])]);
      return w.node('Sub', [w.node('Add', [w.node('Log', [both]), w.node('Div', [lost, both])]), far]);
    },
    sigmoid(a) {
      const margin = margins.get((a.negated ?? a).name);
      if (margin === undefined) return o.sigmoid(a);
      const { ofOthers, ofOwn, exactOwn, both } = odds(margin);
      const over = a.negated ? ofOthers : exactOwn();
      const lost = () => w.node('Div', [sumLow(o, ofOthers, ofOwn, both), both]);
      return { ...w.node('Div', [over, both]), quotient: { over, under: both, lost } };
    },
  };

  /** A and B of the top of this file, their sum, and what B is the exponential of. */
  function odds({ own, base, sum }: Margin) {
    const from = w.node('Max', [own, w.node('Sub', [base.value, w.constant(FAR)])]);
    const far = w.node('Sub', [own, from]);
    // What is beyond these of it, as a whole number: so is what is left, and neither difference is rounded. Two thousand million times e^65
    // is a number.
    const beyond = w.node('Ceil', [w.node('Sub', [from, clip(w, from, -64, 80)])]);
    const near = w.node('Sub', [from, beyond]);
    const rest = w.node('Sub', [base.shift, beyond]);
    // In two, since e^rest alone would be no normal number: the first takes from the sum what it may be above 1, and of what is left nothing
    // is lost before it is the result.
    const most = w.node('Max', [rest, w.constant(-(TOP[w.precision] + 4))]);
    const ofNear = w.node('Mul', [sum, exp(w.node('Neg', [near]))]);
    const ofOthers = w.node('Mul', [w.node('Mul', [ofNear, exp(most)]), exp(w.node('Sub', [rest, most]))]);
    const ofOwn = exp(far);
    /** B with what rounding took from far: beside A it does not show, but a loss of one's own may be B alone. */
    const exactOwn = () => {
      const low = w.node('Sub', [own, w.node('Add', [far, from])]);
      return w.node('Add', [ofOwn, w.node('Mul', [ofOwn, low])]);
    };
    return { far, ofOthers, ofOwn, exactOwn, both: w.node('Add', [ofOthers, ofOwn]) };
  }

  /** A truth: whether not all of a row is masked. Its own logit is asked first: finite ones are never masked. */
  function hasSoftmax(place: Place, { largest }: Base): GraphValue {
    const isOpen = w.node('Less', [w.constant(-Infinity), picked(place)]);
    return w.node('Less', [w.constant(-bound), where(isOpen, one, largest)]);
  }

  /** The logits of the classes. */
  function picked({ index }: Place): GraphValue {
    return entries(w.node('GatherElements', [call.logits, index], along));
  }
  function scattered(a: GraphValue, { index }: Place, column: GraphValue): GraphValue {
    return w.node('ScatterElements', [a, index, column], along);
  }
  /** Of a list with one number a class, which has a size of 1 for each axis behind that of the classes. */
  function ofClasses(list: GraphValue, { index }: Place): GraphValue {
    const behind = Array.from({ length: rank - 1 - axis }, (_, i) => i + 1);
    return entries(w.node('Gather', [behind.length === 0 ? list : w.sum(list, { axis: behind }), index]));
  }
}
