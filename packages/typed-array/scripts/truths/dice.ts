/** Numbers drawn reproducibly, with all their bits. */
export function dice(seed: number) {
  // Doty-Humphrey's sfc32: the oracle's congruential generator has low bits that repeat.
  let [a, b, c, counter] = [seed | 0, (seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1];
  const word = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) word();
  const draw = () => (word() * 2 ** 21 + (word() >>> 11)) / 2 ** 53;
  const between = (low: number, high: number) => low + (high - low) * draw();
  const oneOf = <T>(...choices: T[]): T => choices[Math.floor(draw() * choices.length)];
  const power = (low: number, high: number) => 10 ** between(low, high);
  return {
    draw,
    between,
    oneOf,
    power,
    maybe: (chance: number) => draw() < chance,
    whole: (below: number) => Math.floor(draw() * below),
    /** A share as near to 0 or to 1 as that power of ten. */
    near01: (exponent: number) => oneOf(power(exponent, 0), 1 - power(exponent, 0)),
    /** Any number between two powers of two in size, each exponent as likely as the others. */
    allBits: (low: number, high: number) => oneOf(-1, 1) * 2 ** between(low, high),
  };
}

export type Dice = ReturnType<typeof dice>;
