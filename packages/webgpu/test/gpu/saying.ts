/** Devices that say other things of themselves than they are. */

/** The device, saying other things of itself. */
export const saying = (device: GPUDevice, others: Readonly<Record<PropertyKey, unknown>>): GPUDevice =>
  new Proxy(device, {
    get(target, key) {
      if (key in others) return others[key];
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** The device with other limits. */
export const narrowed = (device: GPUDevice, limits: object): GPUDevice =>
  saying(device, { limits: { ...limitsOf(device), ...limits } });

/** A snapshot of limits: they are getters of a prototype. */
export function limitsOf({ limits }: GPUDevice): Record<string, number> {
  const names = ['maxBufferSize', 'maxStorageBufferBindingSize', 'minStorageBufferOffsetAlignment'] as const;
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}
