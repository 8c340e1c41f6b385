/**
 * Writes detections.json: the raw logits of a pretrained dense detector on one photograph, and the target of each of
 * its anchors. Weights and photograph come from the npm package @vladmandic/face-api; only numbers are kept here.
 *
 *     npx tsx extract.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decode } from 'jpeg-js';
import { faces } from './faces.ts';
import { anchorCorners, faceLogits, readWeights, toInput } from './ssd.ts';

const ignoreIndex = -1;
const model = 'model/ssd_mobilenetv1_model';
const photograph = 'demo/sample5.jpg';

type Box = readonly [left: number, top: number, right: number, bottom: number];

const area = ([left, top, right, bottom]: Box) => Math.max(right - left, 0) * Math.max(bottom - top, 0);

function intersectionOverUnion(a: Box, b: Box): number {
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

/**
 * 1 for a face, 0 for background, as in section 4 of "Focal Loss for Dense Object Detection": an anchor (not the box
 * regressed from it) is a face from an IoU of 0.5 with some face on, and ignored from 0.4 to 0.5. And as in SSD, the
 * best anchor of each face is one whatever its IoU, so that no face goes without.
 */
function assign(anchors: readonly Box[], objects: readonly Box[]): number[] {
  const overlaps = objects.map((object) => anchors.map((anchor) => intersectionOverUnion(anchor, object)));
  const targets = anchors.map((_, i) => {
    const best = Math.max(...overlaps.map((row) => row[i]));
    return best >= 0.5 ? 1 : best >= 0.4 ? ignoreIndex : 0;
  });
  for (const row of overlaps) targets[row.indexOf(Math.max(...row))] = 1;
  return targets;
}

/** The shortest decimal that rounds to the same float32. */
function shortest(value: number): number {
  for (let digits = 1; ; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
}

const require = createRequire(import.meta.url);
const inPackage = (path: string) => require.resolve(`@vladmandic/face-api/${path}`);
const { name, version, license } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));

const weights = readWeights(inPackage(`${model}-weights_manifest.json`), inPackage(`${model}.bin`));
const image = decode(readFileSync(inPackage(photograph)), { useTArray: true, formatAsRGBA: false });
const logits = Array.from(faceLogits(toInput(image), weights), shortest);

const side = Math.max(image.width, image.height);
const corners = anchorCorners(weights);
const anchors = logits.map((_, i): Box => {
  const [top, left, bottom, right] = corners.subarray(4 * i, 4 * i + 4);
  return [left * side, top * side, right * side, bottom * side];
});

const detections = {
  origin: {
    package: name,
    version,
    licence: license,
    model: `${model}.bin, SSD MobileNetV1 face detector, ${logits.length} anchors`,
    photograph: `${photograph}, ${image.width} × ${image.height} pixels, not included here`,
    preprocessing: 'padded with black at the bottom to a square, resized bilinearly to 512 × 512, scaled to -1..1',
    logits: 'class column 1 before the sigmoid, as float32',
    boxes: '[left, top, right, bottom] in pixels of the photograph, annotated by hand',
    targets: 'anchor IoU with a box: 1 from 0.5 on and for the best anchor of each box, -1 from 0.4 to 0.5, else 0',
  },
  classes: ['face'],
  boxes: faces,
  ignoreIndex,
  logits,
  targets: assign(anchors, faces),
};

// One line per entry, so that a change shows in a diff as the entry it is in.
const lines = Object.entries(detections).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
writeFileSync(new URL('detections.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);
