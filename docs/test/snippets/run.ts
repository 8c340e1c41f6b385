/**
 * Runs snippets one after the other in one process, and says as JSON what each printed:
 *
 *     tsx run.ts file.ts …
 */
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const results: Record<string, { printed: string; error?: string }> = {};
const write = process.stdout.write.bind(process.stdout);
for (const file of process.argv.slice(2)) {
  const lines: string[] = [];
  console.log = (...args: unknown[]) => {
    lines.push(format(...args));
  };
  try {
    await import(pathToFileURL(file).href);
    results[file] = { printed: lines.join('\n') };
  } catch (error) {
    results[file] = {
      printed: lines.join('\n'),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
// Runtimes with threads of their own would keep the process.
write(`\n${JSON.stringify(results)}`, () => process.exit(0));
