import { existsSync, readdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { unpack } from './unpack.ts';

/**
 * What a process needs in its environment, from its start, for the npm package `webgpu` to find an adapter: nothing
 * where there is a GPU or WebGPU does not go through Vulkan, else a Vulkan in software from npm.
 * `FOCAL_LOSS_GPU=software` or `=system` decides it.
 */
export function vulkanEnvironment(): Record<string, string> {
  const wanted = process.env.FOCAL_LOSS_GPU;
  if (process.platform !== 'linux' || process.arch !== 'x64' || wanted === 'system') return {};
  if (wanted !== 'software' && hasGpu()) return {};
  const path = [unpack().vulkan, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { LD_LIBRARY_PATH: path };
}

const hasGpu = () =>
  existsSync('/dev/nvidia0') ||
  (existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => /^render/.test(name)));
