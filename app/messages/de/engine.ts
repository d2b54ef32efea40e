import { checks } from "./sentences/checks.ts";
import { mistakes } from "./sentences/mistakes.ts";
import { reasons } from "./sentences/reasons.ts";
import { remedies } from "./sentences/remedies.ts";

/**
 * What the engine says of a Dockerfile and its build, in German. The key is its English, where `{0}` stands for any text, and
 * `{0*}` for one that is in this table too; the first that fits counts. Words, names and commands of Docker stay as they are.
 */
export const engine: Readonly<Record<string, string>> = { ...mistakes, ...remedies, ...checks, ...reasons };
