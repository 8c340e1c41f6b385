/**
 * The faces in the photograph, as [left, top, right, bottom] in its pixels.
 *
 * Annotated by eye, not with the detector: each face was enlarged under a 20-pixel grid and boxed from the hairline (or
 * the fringe that covers it) to the chin and from cheek to cheek, without ears and hair. The boxes were then checked by
 * drawing them over the photograph. Expect an error of a few pixels on every side.
 */
export const faces: readonly (readonly [left: number, top: number, right: number, bottom: number])[] = [
  [780, 100, 949, 334], // at the top of the stairs
  [1110, 196, 1282, 444], // to the right of that, half of the forehead under hair
  [1405, 397, 1584, 673], // far right, head tilted
  [612, 427, 770, 682], // second from the left, half turned away, fringe
  [398, 862, 554, 1174], // lower left, in the shade
];
