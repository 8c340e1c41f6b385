import type { Loss, Part } from '@focal-loss/core';
import type { Call } from '../backend.ts';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';

/** The arrays of a call. */
const arrays = ['logits', 'targets', 'weights'] as const;

/** What else of a call is a list, which may be changed in place. */
const lists = ['shape', 'weightsShape', 'wants'] as const;

/** Makes a call, and sees that it left its arrays and what lies beside them in memory as they were. */
export async function asked(
  subject: Subject,
  loss: Loss,
  input: Input,
  wants: readonly Part[],
  finding: Finding,
): Promise<CheckedAnswer> {
  return askedOf(subject, subject.prepare(loss, input, wants), finding);
}

/** The same of a call whose arrays are there already. */
export async function askedOf(subject: Subject, call: Call, finding: Finding): Promise<CheckedAnswer> {
  const whole = arrays.map((name) => call[name] && wordsOf(call[name]));
  const before = whole.map((words) => words?.slice());
  const said = sayingsOf(call);
  try {
    return await subject.call(call);
  } finally {
    // Of a call that is refused, too: what was put in the place of ignored targets may have stayed there.
    whole.forEach((words, k) => {
      const same = words === undefined || areEqual(words, before[k] as Uint32Array);
      finding.expect(same, () => `${arrays[k]} were changed, or what lies beside them in their buffer`);
    });
    sayingsOf(call).forEach((now, k) => {
      finding.expect(now === said[k], () => `${[...lists, 'axis'][k]} was changed from ${said[k]} to ${now}`);
    });
  }
}

/** The lists of a call and its axis, as text. */
const sayingsOf = (call: Call) => [...lists.map((name) => JSON.stringify(call[name])), JSON.stringify(call.axis)];

/** Bits, of which NaN has some. */
const wordsOf = ({ buffer }: Float32Array | Float64Array) => new Uint32Array(buffer);

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
