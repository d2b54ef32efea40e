import { instructionsOf } from "../build/build-state.ts";
import type { Variant } from "./experiment-store.ts";

export interface Measure {
  key: "time" | "size" | "cache" | "layers" | "waste";
  /** of each variant; undefined: not known, or it failed */
  values: (number | undefined)[];
  /** of cache: of how many */
  of?: (number | undefined)[];
  /** places of the best ones, if they are not all (of time: nearly) alike */
  best: number[];
}

/** Two runs of the same build differ by as much: who is faster by less has not won. */
const noise = (ms: number): number => Math.max(50, 0.1 * ms);

/** What variants are measured by, side by side. Of the cache more is better, of all else less. */
export function measuresOf(variants: readonly Variant[]): Measure[] {
  const built = variants.map((variant) => (variant.state === "built" ? variant : undefined));
  const steps = built.map((variant) => variant?.build && instructionsOf(variant.build));
  const measure = (key: Measure["key"], values: Measure["values"], more = false): Measure => {
    const known = values.filter((value) => value !== undefined);
    const top = more ? Math.max(...known) : Math.min(...known);
    const margin = key === "time" ? noise(top) : 0;
    const isBest = (value: number): boolean => Math.abs(value - top) <= margin;
    const isDecided = known.length > 1 && !known.every(isBest);
    const best = values.flatMap((value, index) => (isDecided && value !== undefined && isBest(value) ? [index] : []));
    return { key, values, best };
  };
  return [
    measure(
      "time",
      built.map((variant) => variant?.build?.durationMs),
    ),
    measure(
      "size",
      built.map((variant) => variant?.layers?.size),
    ),
    {
      ...measure(
        "cache",
        steps.map((all) => all?.filter(({ state }) => state === "cached").length),
        true,
      ),
      of: steps.map((all) => all?.length),
    },
    measure(
      "layers",
      built.map((variant) => variant?.layers?.layers.length),
    ),
    measure(
      "waste",
      built.map((variant) => variant?.layers?.waste.bytes),
    ),
  ];
}
