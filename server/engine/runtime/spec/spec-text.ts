import { unlimited } from "./rlimits.ts";

/** RLIM_INFINITY, which is no number of JavaScript's: the largest one that is exact stands for it. */
const infinity = "18446744073709551615";

/** A runtime spec, or the process of one, as the runtime reads it. */
export function specText(spec: object): string {
  return JSON.stringify(spec, (key, value: unknown) =>
    (key === "soft" || key === "hard") && typeof value === "number" && value >= unlimited ? raw(infinity) : value,
  );
}

/** JSON.rawJSON (ECMAScript's "JSON.parse source text access"), which TypeScript does not know yet. */
function raw(text: string): unknown {
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(text);
}
