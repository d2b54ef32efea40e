import type { Sentences } from "../../lib/engine-text.ts";
import { checks } from "./sentences/checks.ts";
import { mistakes } from "./sentences/mistakes.ts";
import { reasons } from "./sentences/reasons.ts";
import { remedies } from "./sentences/remedies.ts";

/** What the engine says of a Dockerfile and its build, in German. Words, names and commands of Docker stay as they are. */
export const engine: Sentences = { ...mistakes, ...remedies, ...checks, ...reasons };
