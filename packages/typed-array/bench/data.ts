import type { Link } from '@focal-loss/core';
import { type Batch, CLASSES } from './scenario.ts';

/** About `size` logits; at a softmax as many whole rows as hold them. The same on every run. */
export const batch = (link: Link, size: number, classes = CLASSES): Batch =>
  link === 'sigmoid' ? detector(size) : classifier(Math.ceil(size / classes), classes);

/** 1 % positives, logits normal around −3 and 2, as of a half-trained detector. */
function detector(rows: number): Batch {
  const { random, normal } = generator();
  const targets = Float32Array.from({ length: rows }, () => (random() < 0.01 ? 1 : 0));
  const logits = targets.map((y) => (y === 1 ? 2 : -3) + 2 * normal());
  return { rows, classes: 1, logits, targets };
}

/** Logits normal around 0, that of the label around 4, as of a half-trained classifier. */
function classifier(rows: number, classes: number): Batch {
  const { random, normal } = generator();
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  const logits = Float32Array.from({ length: rows * classes }, () => 1.5 * normal());
  targets.forEach((label, row) => {
    logits[row * classes + label] += 4;
  });
  return { rows, classes, logits, targets };
}

function generator() {
  let state = 20171022;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return { random, normal };
}
