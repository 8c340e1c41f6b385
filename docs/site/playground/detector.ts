import url from '../../examples/real-input/detections.json?url';

/** A real detector's logits for one photograph, and what they should have been. */
export interface Detector {
  readonly logits: readonly number[];
  readonly targets: readonly number[];
  readonly ignoreIndex: number;
}

/** Fetches the detector's logits, as they are used on the first page of the repository. */
export async function detector(): Promise<Detector> {
  const { logits, targets, ignoreIndex } = await (await fetch(url)).json();
  return { logits, targets, ignoreIndex };
}
