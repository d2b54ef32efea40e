import type { PageLanguage } from "#contract/playground-api.ts";
import type { Sentences } from "../lib/engine-text.ts";
import type { Shape } from "./catalogue.ts";
import { texts as german } from "./de/index.ts";
import { texts as english } from "./en/index.ts";
import type { english as catalogue } from "./en/index.ts";

/** All that is said in a language: by the page, and by it of what the engine says in English. */
export interface Texts {
  catalogue: Shape<typeof catalogue>;
  sentences: Sentences;
}

/** Where pages are drawn: in any language. */
export const texts: Record<PageLanguage, Texts> = { en: english, de: german };
