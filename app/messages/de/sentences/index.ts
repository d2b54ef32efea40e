import type { Sentences } from "../../../lib/engine-text.ts";
import { engine } from "../engine.ts";
import { policy } from "../policy.ts";
import { server } from "../server.ts";

/** All that the engine and `web` say. The general ones, of a part and what is after its colon, are the last of the engine's. */
export const germanSentences: Sentences = { ...policy, ...server, ...engine };
