import { pageLanguage } from "../../lib/language.ts";

/** Monaco's own words in the page's language: to be there before anything of Monaco is. */
export async function loadMonacoWords(): Promise<void> {
  if (pageLanguage() === "de") await import("monaco-editor/nls/lang/de");
}
