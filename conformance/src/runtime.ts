/** Versions of what the suite runs on, for reports. */
export function runtime(): Record<string, string> {
  const host = globalThis as {
    process?: { versions?: Record<string, string | undefined>; platform?: string; arch?: string };
    navigator?: { userAgent?: string };
  };
  const { versions, platform, arch } = host.process ?? {};
  if (versions?.node === undefined) return { userAgent: host.navigator?.userAgent ?? 'unknown' };
  return { node: versions.node, v8: versions.v8 ?? 'unknown', platform: `${platform}-${arch}` };
}
