import { writeOnnxTests } from '../onnx/folder.ts';

/** What float32 models of single losses, judged by one relative tolerance, cannot test. */
const others =
  'single operations, reductions, weights, ignored entries, refusals, non-finite logits, numbers that float32 lacks, and differences';

/** `focal-conformance export-onnx <folder>`. */
export async function exportOnnx(folder: string): Promise<void> {
  const { written, left } = await writeOnnxTests(folder);
  console.log(`${written.length} tests in ${folder}. Left out: ${left} cases of ${others}`);
}
