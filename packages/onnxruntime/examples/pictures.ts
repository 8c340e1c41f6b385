/** A picture and where there is text in it. */
export interface Picture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Pixel by pixel, as the detector wants them: 0 is mid-grey. */
  readonly grey: Float32Array;
  /** 1 in the middle of lines of text: the detector was trained on lines shrunk from all sides. */
  readonly text: Float32Array;
}

const [width, height] = [192, 96];

/** 5 × 7 pixels a letter, a row a number. */
const font: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  C: [14, 17, 16, 16, 16, 17, 14],
  F: [31, 16, 16, 30, 16, 16, 16],
  L: [16, 16, 16, 16, 16, 16, 31],
  O: [14, 17, 17, 17, 17, 17, 14],
  S: [15, 16, 16, 14, 1, 1, 30],
};

/** By how much of a letter's height. */
const SHRINK = 0.1;

/** The same two words, dark on white, paler and paler, and in a lot of noise. */
export function pictures(): Picture[] {
  return [
    draw('black on white', 1, 0),
    draw('dark grey', 0.6, 0),
    draw('pale', 0.06, 0),
    draw('nearly invisible', 0.02, 0),
    draw('black, in noise', 1, 0.9),
  ];
}

function draw(name: string, contrast: number, noise: number): Picture {
  let state = 1;
  const grey = Float32Array.from({ length: width * height }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 2 * (1 - (noise * state) / 2 ** 32) - 1;
  });
  const text = new Float32Array(width * height);
  const [left, size] = [24, 2];
  for (const [line, word] of ['FOCAL', 'LOSS'].entries()) {
    const top = 24 + 28 * line;
    const [tall, wide] = [7 * size, (6 * word.length - 1) * size];
    const edge = SHRINK * tall;
    for (let y = 0; y < tall; y++) {
      for (let x = 0; x < wide; x++) {
        const at = (top + y) * width + left + x;
        const row = font[word[Math.floor(x / (6 * size))]][Math.floor(y / size)];
        if ((row >> (4 - (Math.floor(x / size) % 6))) & 1) grey[at] -= 2 * contrast;
        if (y >= edge && y < tall - edge && x >= edge && x < wide - edge) text[at] = 1;
      }
    }
  }
  return { name, width, height, grey, text };
}
