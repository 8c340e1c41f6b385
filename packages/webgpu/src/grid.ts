/** How a kernel's invocations meet. */
export interface Grid {
  /** Invocations of a workgroup. */
  readonly workgroup: number;
  /**
   * Invocations that hand numbers to each other without memory: a power of two that divides the size of every subgroup,
   * or 1 where the device has none.
   */
  readonly subgroup: number;
}

/** What stands before everything else in a kernel's text. */
export const directives = (subgroup: number): string =>
  subgroup > 1 ? 'enable subgroups;\nrequires subgroup_id;\n\n' : '';

/**
 * `fn main`, with `group`, `groups` and `local`, the number of the invocation in its workgroup. Among subgroups that is
 * counted by them: how they lie in a workgroup the language leaves open.
 */
export function main({ workgroup, subgroup }: Grid, body: string): string {
  const local =
    subgroup > 1
      ? `@builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_size) size: u32,
  @builtin(subgroup_invocation_id) place: u32,
) {
  let local = subgroup * size + place;`
      : `@builtin(local_invocation_index) local: u32,
) {`;
  return `@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  ${local}
${body}
}`;
}
