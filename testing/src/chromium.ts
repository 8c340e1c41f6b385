import { delimiter } from 'node:path';
import type { Browser, LaunchOptions } from 'playwright-core';
import { unpack } from './unpack.ts';

/** WebGPU and WebGL2 on SwiftShader, and no connection that nobody asked for. */
const args = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  // Pages are put together without the software GPU, which draws three frames in the time it does one with it.
  '--disable-gpu-compositing',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Starts a headless browser: the Chromium of the npm package with software WebGPU and WebGL2, where that runs (x64
 * Linux); elsewhere the Chrome that is installed, with whatever GPU the machine has. `FOCAL_LOSS_CHROME`, the path of a
 * browser, wins over both and is started with the machine's own GPU.
 *
 * @throws where no browser can be started, saying what was tried.
 */
export async function launchChromium(): Promise<Browser> {
  const own = process.env.FOCAL_LOSS_CHROME;
  if (own !== undefined) return launch({ executablePath: own, args: ['--enable-unsafe-webgpu'] });
  if (process.platform !== 'linux' || process.arch !== 'x64') return launch({ channel: 'chrome' });
  const { executable: executablePath, libraries } = unpack();
  try {
    return await launch({ executablePath, args });
  } catch {
    // Most likely the system lacks libnss3: the package brings one.
    const LD_LIBRARY_PATH = [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
    return launch({ executablePath, args, env: { ...process.env, LD_LIBRARY_PATH } });
  }
}

/** Loaded where a browser is wanted: lists of backends name some, and most runs ask for none. */
async function launch(options: LaunchOptions): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ timeout: 60_000, ...options });
}

/** Why no browser can be had here, or undefined if one can. */
export async function noChromium(): Promise<string | undefined> {
  try {
    const browser = await launchChromium();
    await browser.close();
    return undefined;
  } catch (error) {
    return `no browser: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}
