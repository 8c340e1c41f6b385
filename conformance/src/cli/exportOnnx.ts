import { writeOnnxTests } from '../onnx/folder.ts';

/** `focal-conformance export-onnx <folder>`. */
export async function exportOnnx(folder: string): Promise<void> {
  const { written, left } = await writeOnnxTests(folder);
  console.log(
    `${written.length} tests in ${folder}; ${left} cases left out, which one model without a state cannot say`,
  );
}
