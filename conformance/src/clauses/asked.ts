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
  const whole = arrays.map((name) => call[name] && bytesOf(call[name]));
  const before = whole.map((bytes) => bytes?.slice());
  const answer = await subject.call(call);
  whole.forEach((bytes, k) => {
    const same = bytes === undefined || bytes.every((byte, i) => byte === before[k]?.[i]);
    finding.expect(same, () => `${arrays[k]} were changed, or what lies beside them in their buffer`);
  });
  return answer;
}

const bytesOf = ({ buffer }: Float32Array | Float64Array) => new Uint8Array(buffer);
