/** What Node.js modules are asked for, which browsers do not have. */
interface NodeModules {
  readonly 'node:module': { createRequire(url: string): { resolve(name: string): string } };
  readonly 'node:fs': { existsSync(path: string): boolean; readdirSync(path: string): string[] };
  readonly 'node:path': { dirname(path: string): string; join(...parts: string[]): string };
}

interface Process {
  readonly platform: string;
  readonly arch: string;
  getBuiltinModule?<Name extends keyof NodeModules>(name: Name): NodeModules[Name];
}

/** What to do about a provider that did not open a session, as the rest of a sentence; empty if nothing is known. */
export function diagnose(provider: string, error: unknown, strict: boolean): string {
  const said = String(error instanceof Error ? error.message : error);
  if (strict && /fallback to CPU/i.test(said)) {
    return ' (strict: some node of the graph has no kernel on this provider; leave strict out to run it on the CPU)';
  }
  if (provider === 'cuda') return ` (${cuda()})`;
  if (provider === 'webgpu') {
    return ' (in a browser: import onnxruntime-web/webgpu, and navigator.gpu has to give an adapter; in Node.js: a Vulkan, Metal or D3D12 driver)';
  }
  return '';
}

/** What is missing for CUDA. ONNX Runtime says it on stderr only. */
function cuda(): string {
  const { process } = globalThis as { process?: Process };
  if (process?.getBuiltinModule === undefined) return 'CUDA needs onnxruntime-node, on Linux x64 or Windows x64';
  if (process.arch !== 'x64' || (process.platform !== 'linux' && process.platform !== 'win32')) {
    return `CUDA needs Linux x64 or Windows x64; this is ${process.platform} ${process.arch}`;
  }
  if (process.platform !== 'linux') return 'is there a driver (nvidia-smi), CUDA 12 and cuDNN 9 on PATH?';
  const [{ createRequire }, fs, path] = [
    process.getBuiltinModule('node:module'),
    process.getBuiltinModule('node:fs'),
    process.getBuiltinModule('node:path'),
  ];
  let root: string;
  try {
    root = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch {
    return 'CUDA needs onnxruntime-node: npm install onnxruntime-node';
  }
  const bin = path.join(root, 'bin');
  const library = 'libonnxruntime_providers_cuda.so';
  const present =
    fs.existsSync(bin) && fs.readdirSync(bin).some((napi) => fs.existsSync(path.join(bin, napi, 'linux/x64', library)));
  const driver = fs.existsSync('/proc/driver/nvidia/version');
  const needs = 'it also needs an NVIDIA driver, CUDA 12 and cuDNN 9';
  if (!present) {
    return `${library} is not installed: onnxruntime-node's install script did not run, or was told to skip the download; to fix that: node node_modules/onnxruntime-node/script/install.js; ${needs}${driver ? '' : ', and no driver is loaded here'}`;
  }
  if (!driver) return `${library} is installed, but no NVIDIA driver is loaded: nvidia-smi has to list a GPU`;
  return `${library} is installed; the library it cannot find is named on stderr: CUDA 12 and cuDNN 9 have to be on LD_LIBRARY_PATH when the process starts`;
}
