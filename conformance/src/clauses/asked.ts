import type { Loss, Part } from '@focal-loss/core';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';

/** The arrays of a call. */
const arrays = ['logits', 'targets', 'weights'] as const;

/** Makes a call, and sees that it left its arrays and what lies beside them in memory as they were. */
export async function asked(
  subject: Subject,
  loss: Loss,
  input: Input,
  wants: readonly Part[],
  finding: Finding,
): Promise<CheckedAnswer> {
  const call = subject.prepare(loss, input, wants);
  const whole = arrays.map((name) => call[name] && wordsOf(call[name]));
  const before = whole.map((words) => words?.slice());
  const answer = await subject.call(call);
  whole.forEach((words, k) => {
    const same = words === undefined || areEqual(words, before[k] as Uint32Array);
    finding.expect(same, () => `${arrays[k]} were changed, or what lies beside them in their buffer`);
  });
  return answer;
}

/** Bits, of which NaN has some. */
const wordsOf = ({ buffer }: Float32Array | Float64Array) => new Uint32Array(buffer);

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
