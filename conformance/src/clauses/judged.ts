import type { Finding } from '../finding.ts';
import { type RandomCall, shrunk, spelledCall } from './shrink.ts';

/**
 * Compares a call drawn at random. The first of a check that fails is made smaller as long as it fails, and told as
 * `--call` takes it.
 */
export async function judged(
  finding: Finding,
  call: RandomCall,
  compare: (call: RandomCall, finding: Finding) => Promise<void>,
): Promise<void> {
  const failedBefore = finding.failed;
  await compare(call, finding);
  if (failedBefore || !finding.failed) return;
  const fails = async (smaller: RandomCall) => {
    const own = finding.another();
    await compare(smaller, own);
    return own.failed;
  };
  const { factory, options, input } = await shrunk(call, fails);
  finding.fail(`the smallest call found that fails, ${spelledCall(factory.make(options), input)}`);
}
