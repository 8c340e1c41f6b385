import type { Problem } from '@focal-loss/core';
import { type CheckedBuffers, checkBuffers, type EncodeOptions, isTimestampWrites } from './call.ts';
import { type Kernel, kernelOf, type SharedResources } from './device.ts';
import type { Range, ReadyStep } from './dispatch.ts';
import { type Setting, steps } from './encode.ts';
import { likeness } from './prepare.ts';
import { collisions, FIELDS, type Field, type GivenRanges, type Needs, rangeOf, tooShort } from './ranges.ts';

/** Kinds of call that a loss remembers. */
const KINDS = 32;

/** Sets of buffers that a kind of call remembers, of each buffer of logits. */
const SETS = 4;

/** Stand for the user's buffers where a kind of call is written down. */
const STAND_INS = new Map(FIELDS.map((field) => [{ field } as unknown as GPUBuffer, field]));

/** One entry of a bind group: a buffer of ours, which stays, or a part of what the user gives as `field`. */
type Slot = GPUBindGroupEntry | { readonly binding: number; readonly field: Field; readonly part: Range };

/** One dispatch of a kind of call. */
interface Template {
  readonly kernel: Kernel;
  readonly groups: number;
  readonly slots: readonly Slot[];
}

/** A kind of call: all that does not depend on which buffers it has. */
interface Recipe {
  /** The options, with arrays copied; what is `true` of the buffers is given. */
  readonly like: Readonly<Record<string, unknown>>;
  /** Bytes of `logits`, where nothing else tells the shape. */
  readonly size: number | undefined;
  readonly needs: Needs;
  readonly templates: readonly Template[];
  /** Bind groups that have been made, by the buffer of logits. They go when that goes. */
  readonly sets: WeakMap<GPUBuffer, { ranges: GivenRanges; ready: readonly ReadyStep[] }[]>;
}

/**
 * The calls of a compiled loss. The first of a kind is looked at as a whole; of later ones only the buffers are, and where these are
 * those of a call that is remembered, not even bind groups are made.
 */
export class Recipes {
  private readonly setting: Setting;
  private readonly warn: (like: string) => void;
  private recipes: Recipe[] = [];
  /** Of the scratch buffers that the recipes name. */
  private changes = 0;

  /** @param warn Called with the kind of call if its pipelines are not there yet. */
  constructor(setting: Setting, warn: (like: string) => void) {
    this.setting = setting;
    this.warn = warn;
  }

  /**
   * The dispatches of a call.
   *
   * @param problems Those that are known already.
   * @throws {@link FocalLossError} naming everything that will not do.
   */
  ready(options: EncodeOptions, problems: Problem[]): readonly ReadyStep[] {
    const { shared, loss } = this.setting;
    if (this.changes !== shared.scratch.changes) this.recipes = [];
    this.changes = shared.scratch.changes;
    const ranges = problems.length === 0 ? rangesOf(options, shared) : undefined;
    const known = ranges && this.find(options, ranges);
    if (known) return groupsOf(shared, known, ranges);
    const at = checkBuffers(shared, loss, this.setting, options, problems);
    return groupsOf(shared, this.learn(options, at), at.ranges);
  }

  /** The recipe of a call whose buffers will do for it. */
  private find(options: EncodeOptions, ranges: GivenRanges): Recipe | undefined {
    const { recipes } = this;
    const each = this.setting.loss.reduction === 'none';
    for (let i = 0; i < recipes.length; i++) {
      const recipe = recipes[i];
      if (!isLike(recipe, options, ranges)) continue;
      if (tooShort(ranges, recipe.needs).length > 0 || collisions(ranges, recipe.needs, each).length > 0)
        return undefined;
      // The one not used for longest is the last.
      for (let j = i; j > 0; j--) recipes[j] = recipes[j - 1];
      recipes[0] = recipe;
      return recipe;
    }
    return undefined;
  }

  /** Lets go of everything. */
  clear(): void {
    this.recipes = [];
  }

  private learn(options: EncodeOptions, at: CheckedBuffers & { readonly needs: Needs }): Recipe {
    const { setting } = this;
    const { shared } = setting;
    const given = new Set(Object.keys(at.ranges));
    const standIns = Array.from(STAND_INS, ([buffer, field]) => [field, { buffer, offset: 0, size: at.needs[field] }]);
    const ranges = Object.fromEntries(standIns.filter(([field]) => given.has(field as string)));
    const made = steps(setting, { ...at, ranges }, shared);
    if (made.some(({ code }) => !shared.pipelines.has(code))) this.warn(likeness(options));
    const templates = made.map(({ code, bound, groups }): Template => {
      const kernel = kernelOf(shared, code);
      const slots = kernel.bindings.map((binding): Slot => {
        const resource = bound[binding];
        const field = STAND_INS.get((resource as Range).buffer);
        return field === undefined ? { binding, resource } : { binding, field, part: resource as Range };
      });
      return { kernel, groups, slots };
    });
    const { shape, accumulate } = options;
    const like: Record<string, unknown> = { ...options, shape: shape && [...shape] };
    like.accumulate = typeof accumulate === 'object' ? [...accumulate] : accumulate;
    for (const field of FIELDS) if (typeof like[field] === 'object') like[field] = true;
    const size = shape === undefined ? at.ranges.logits.size : undefined;
    const recipe: Recipe = { like, size, needs: at.needs, templates, sets: new WeakMap() };
    this.recipes = [recipe, ...this.recipes.slice(0, KINDS - 1)];
    // Making it may have been what outgrew a buffer; then it names the new one.
    if (this.changes !== shared.scratch.changes) this.recipes = [recipe];
    this.changes = shared.scratch.changes;
    return recipe;
  }
}

const KNOWN = new Set<string>([...FIELDS, 'shape', 'axis', 'targetRows', 'accumulate', 'timestampWrites']);

/** The buffers of a call, or undefined where something is wrong or out of the ordinary, which a thorough look will name. */
function rangesOf(options: EncodeOptions, { capacity }: SharedResources): GivenRanges | undefined {
  // Fields of a prototype may say another thing the next time.
  if (typeof options !== 'object' || options === null || Object.getPrototypeOf(options) !== Object.prototype)
    return undefined;
  for (const name in options) if (!KNOWN.has(name)) return undefined;
  const { timestampWrites } = options;
  if (timestampWrites !== undefined && !isTimestampWrites(timestampWrites)) return undefined;
  let fine = true;
  const bad = () => {
    fine = false;
  };
  const ranges: GivenRanges = {};
  for (const field of FIELDS) {
    const given = options[field];
    if (given === undefined || typeof given === 'number') continue;
    ranges[field] = rangeOf(field, given, capacity, bad);
    if (!fine) return undefined;
  }
  return ranges;
}

/** Whether a call is of this kind. */
function isLike({ like, size }: Recipe, options: EncodeOptions, ranges: GivenRanges): boolean {
  for (const field of FIELDS) {
    const given = options[field];
    if (like[field] !== (typeof given === 'object' ? true : given)) return false;
  }
  return (
    (size === undefined || size === ranges.logits?.size) &&
    like.axis === options.axis &&
    like.targetRows === options.targetRows &&
    isSame(like.shape, options.shape) &&
    isSame(like.accumulate, options.accumulate)
  );
}

/** Whether two are the same, or lists of the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The dispatches with these buffers. */
function groupsOf(shared: SharedResources, { templates, sets }: Recipe, ranges: GivenRanges): readonly ReadyStep[] {
  const { buffer } = ranges.logits as { buffer: GPUBuffer };
  const known = sets.get(buffer) ?? [];
  for (const set of known) if (isAt(set.ranges, ranges)) return set.ready;
  const ready = templates.map(({ kernel, groups, slots }): ReadyStep => {
    const entries = slots.map((slot) => ('field' in slot ? entryOf(slot, ranges[slot.field] as Range) : slot));
    const { label, pipeline, layout } = kernel;
    return { pipeline, group: shared.device.createBindGroup({ label, layout, entries }), groups };
  });
  known.unshift({ ranges, ready });
  if (known.length > SETS) known.pop();
  sets.set(buffer, known);
  return ready;
}

const entryOf = (
  { binding, part }: { binding: number; part: Range },
  { buffer, offset }: Range,
): GPUBindGroupEntry => ({
  binding,
  resource: { buffer, offset: offset + part.offset, size: part.size },
});

/** Whether the same buffers begin at the same places. */
function isAt(a: GivenRanges, b: GivenRanges): boolean {
  for (const field of FIELDS) {
    if (a[field]?.buffer !== b[field]?.buffer || a[field]?.offset !== b[field]?.offset) return false;
  }
  return true;
}
