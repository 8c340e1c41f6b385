/** What the WebGPU adapter of this place says of itself; `gpu` is the browser's, or Dawn's in Node. */
export async function describeAdapter(gpu = globalThis.navigator.gpu) {
  const adapter = await gpu.requestAdapter();
  return adapter && { ...describe(adapter.info), subgroups: adapter.features.has('subgroups') };
}

const describe = ({ vendor, architecture }) => ({ vendor, architecture });

export const webglRenderer = () => {
  const gl = document.createElement('canvas').getContext('webgl2');
  return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL);
};

export const isolated = () => globalThis.crossOriginIsolated;
export const echo = (...values) => values;
