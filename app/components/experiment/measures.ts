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

/** What variants are measured by, side by side. Of the cache more is better, of all else less. */
export function measuresOf(variants: readonly Variant[]): Measure[] {
  const built = variants.map((variant) => (variant.state === "built" ? variant : undefined));
  const steps = built.map((variant) => variant?.build?.steps.filter(({ vertex }) => vertex.stage !== ""));
  const measure = (key: Measure["key"], values: Measure["values"], more = false): Measure => {
    const known = values.filter((value) => value !== undefined);
    const top = more ? Math.max(...known) : Math.min(...known);
    const isDecided = known.length > 1 && known.some((value) => value !== top);
    return { key, values, best: isDecided ? values.flatMap((value, index) => (value === top ? [index] : [])) : [] };
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
