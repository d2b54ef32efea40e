import { size } from "../../lib/format.ts";
import { type BuildState, instructionsOf } from "../build/build-state.ts";
import type { Variant } from "./experiment-store.ts";

export interface Measure {
  key: "time" | "size" | "cache" | "layers" | "waste";
  /** of each variant; undefined: not known, or it failed */
  values: (number | undefined)[];
  /** of cache: of how many */
  of?: (number | undefined)[];
  /** places of the best ones, if they are not all alike */
  best: number[];
}

/** What variants are measured by, and what is to be known of it. */
export interface Measured {
  measures: Measure[];
  /** variants that took steps from the cache: times say nothing then, and the cache only who was built before */
  fromCache: Variant[];
  /** variants of the same text: what tells them apart is chance */
  twins: Variant[][];
  /** base images were fetched, which counts for nobody: the first does it for all */
  fetched: boolean;
}

type Alike = (value: number, best: number) => boolean;

/** Two runs of the same build differ by as much: who is faster by less has not won. */
const alikeInTime: Alike = (ms, best) => ms - best <= Math.max(50, 0.1 * best);
const alikeInSize: Alike = (bytes, best) => size(bytes) === size(best);
const same: Alike = (value, best) => value === best;

/** Variants side by side: of all that has a best one, less is better. */
export function measuresOf(variants: readonly Variant[]): Measured {
  const twins = twinsOf(variants);
  const built = variants.map((variant) => (variant.state === "built" ? variant : undefined));
  const builds = built.map((variant) => variant?.build);
  const fromCache = variants.filter((_, index) => builds[index] !== undefined && tookFromCache(builds[index]));
  const steps = builds.map((build) => build && instructionsOf(build));
  const layers = built.map((variant) => variant?.layers);
  const times = builds.map((build) => build?.durationMs && build.durationMs - fetchingOf(build));
  const cached = steps.map((all) => all?.filter(({ state }) => state === "cached").length);
  const of = steps.map((all) => all?.length);
  const measures: Measure[] = [
    { key: "time", values: times, best: fromCache.length > 0 ? [] : bestOf(times, alikeInTime) },
    measure("size", layers, ({ size: bytes }) => bytes, alikeInSize),
    ...(fromCache.length > 0 ? [{ key: "cache" as const, values: cached, of, best: [] }] : []),
    measure("layers", layers, (image) => image.layers.length, same),
    measure("waste", layers, ({ waste }) => waste.bytes, alikeInSize),
  ];
  const groups = twins.map((group) => group.map((variant) => variants.indexOf(variant)));
  return {
    measures: measures.map((each) => ({ ...each, best: withTwins(each, groups) })),
    fromCache,
    twins,
    fetched: builds.some((build) => build !== undefined && fetchingOf(build) > 0),
  };
}

function measure(
  key: Measure["key"],
  images: readonly Variant["layers"][],
  valueOf: (image: NonNullable<Variant["layers"]>) => number,
  alike: Alike,
): Measure {
  const values = images.map((image) => image && valueOf(image));
  return { key, values, best: bestOf(values, alike) };
}

function bestOf(values: Measure["values"], alike: Alike): number[] {
  const known = values.filter((value) => value !== undefined);
  const least = Math.min(...known);
  if (known.length < 2 || known.every((value) => alike(value, least))) return [];
  return values.flatMap((value, index) => (value !== undefined && alike(value, least) ? [index] : []));
}

/** None of those that do the same is better than another. */
function withTwins({ values, best }: Measure, groups: readonly (readonly number[])[]): number[] {
  const all = [...new Set([...best, ...groups.filter((group) => group.some((at) => best.includes(at))).flat()])];
  return all.length < values.filter((value) => value !== undefined).length ? all.toSorted((a, b) => a - b) : [];
}

function twinsOf(variants: readonly Variant[]): Variant[][] {
  const built = variants.filter(({ state, build }) => state === "built" && build?.text !== undefined);
  return [...Map.groupBy(built, ({ build }) => build?.text?.trim()).values()].filter((group) => group.length > 1);
}

/** A base image that is here has no inputs, and is no work that was spared. */
function tookFromCache(build: BuildState): boolean {
  return instructionsOf(build).some(({ state, vertex }) => state === "cached" && vertex.inputs.length > 0);
}

/** ms */
function fetchingOf({ steps }: BuildState): number {
  return steps.reduce((sum, { vertex, durationMs = 0 }) => sum + (vertex.stage === "" ? durationMs : 0), 0);
}
