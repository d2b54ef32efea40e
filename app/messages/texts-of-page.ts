import type { Language } from "../lib/language.ts";
import type { Texts } from "./texts.ts";

/** In a browser, in place of texts.ts: those of the page's language alone, which ui/language.tsx brings. */
export const texts: Partial<Record<Language, Texts>> = {};
