/**
 * Exponential, logarithm and power of decimal.js's numbers, to the digits it is set to, computed in whole numbers: the
 * oracle asks for some hundred thousand of them, and decimal.js takes a millisecond for each. Its own are what the tests of these are held to.
 *
 * @module
 */
import { Decimal } from 'decimal.js';
import { withDigits } from './digits.ts';

/** Digits that are computed beyond those asked for. */
const guard = 20;

/** Bits for so many digits. */
const bitsFor = (digits: number) => Math.ceil(digits * Math.log2(10));

/** Beyond it, whole numbers are no faster. */
const farthest = 1e6;

/** e^x. */
export function exp(x: Decimal): Decimal {
  if (x.isZero() || !x.abs().lte(farthest) || x.e < -guard) return x.exp();
  const digits = Decimal.precision + guard;
  // Of a power of ten so many digits are before the point.
  const bits = bitsFor(digits + 8);
  const of = fixed(x, bits);
  const power = Math.round(x.toNumber() / Math.LN10);
  const rest = power === 0 ? of : of - BigInt(power) * ln10(bits);
  return decimal(expFixed(rest, bits), bits, digits).times(Decimal.pow(10, power));
}

/** log x of a positive x. */
export function ln(x: Decimal): Decimal {
  if (!x.isFinite() || x.lte(0) || x.eq(1) || Math.abs(x.e) > farthest) return x.ln();
  const digits = Decimal.precision + guard;
  // x = m·10^power, and next to 1 as many digits more as the logarithm has zeros.
  const power = x.gt(0.3) && x.lt(3) ? 0 : x.e;
  const [m, from1] = withDigits(2 * digits + x.precision(), () => {
    const scaled = x.times(Decimal.pow(10, -power));
    return [scaled, scaled.minus(1)];
  });
  const bits = bitsFor(digits + 8 + Math.max(0, -from1.e));
  const of = fixed(m, bits);
  // A double to begin with; each step has three times as many digits as the one before it.
  let result = fixed(new Decimal(Math.log1p(from1.toNumber())), bits);
  for (let good = 50; good < bits; good *= 3) {
    const guess = expFixed(result, bits);
    result += ((of - guess) << BigInt(bits + 1)) / (of + guess);
  }
  return decimal(power === 0 ? result : result + BigInt(power) * ln10(bits), bits, digits);
}

/** base^exponent of a base that is not negative. */
export function pow(base: Decimal, exponent: Decimal): Decimal {
  if (exponent.isInteger() || !base.isFinite() || base.lte(0)) return base.pow(exponent);
  const product = withDigits(Decimal.precision + guard, () => ln(base).times(exponent));
  return exp(product);
}

/** x·2^bits as a whole number. */
function fixed(x: Decimal, bits: number): bigint {
  const [mantissa, exponent] = x.toExponential().split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const power = Number(exponent) - fraction.length;
  const scaled = BigInt(whole + fraction) << BigInt(bits);
  return power < 0 ? scaled / 10n ** BigInt(-power) : scaled * 10n ** BigInt(power);
}

/** What {@link fixed} makes a whole number of, rounded as decimal.js is set. */
function decimal(whole: bigint, bits: number, digits: number): Decimal {
  // As many digits as count, of the smallest number too.
  const behind = digits + Math.max(0, Math.ceil((bits - whole.toString(2).length) / Math.log2(10)));
  return withDigits(
    2 * behind,
    () => new Decimal(`${(whole * 10n ** BigInt(behind)) >> BigInt(bits)}e${-behind}`),
  ).toSD(Decimal.precision);
}

/** e^x by its series, of x halved so often that few terms are enough. */
function expFixed(x: bigint, bits: number): bigint {
  const halvings = Math.ceil(Math.sqrt(bits) / 1.5);
  const wide = BigInt(bits + 2 * halvings);
  const small = (x << BigInt(2 * halvings)) >> BigInt(halvings);
  let [term, sum] = [1n << wide, 1n << wide];
  for (let n = 1n; ; n++) {
    term = ((term * small) >> wide) / n;
    // A shift rounds down: of a negative term −1 is left for ever.
    if (term === 0n || term === -1n) break;
    sum += term;
  }
  for (let i = 0; i < halvings; i++) sum = (sum * sum) >> wide;
  return sum >> BigInt(2 * halvings);
}

const tens = new Map<number, bigint>();

/** log 10 in so many bits. */
function ln10(bits: number): bigint {
  const known =
    tens.get(bits) ??
    fixed(
      withDigits(Math.ceil(bits / 3) + guard, () => new Decimal(10).ln()),
      bits,
    );
  tens.set(bits, known);
  return known;
}
