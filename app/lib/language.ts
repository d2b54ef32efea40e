import type { PageLanguage } from "#contract/playground-api.ts";
import { texts } from "#texts";
import { bindMessages } from "../messages/catalogue.ts";
import type { Messages } from "../messages/catalogue.ts";
import type { english } from "../messages/en/index.ts";

/** In its own words: who looks for a language reads that one. */
export const languageNames: Readonly<Record<PageLanguage, string>> = { en: "English", de: "Deutsch" };
export type Language = PageLanguage;
export type PageMessages = Messages<typeof english>;

/** Kept in a cookie, not in the browser's storage: the server draws the page's first words. */
const cookie = "drydock-language";
const bound: Partial<Record<Language, PageMessages>> = {};

/** In a browser of the page's language only, and not before it is there (ui/language.tsx). */
export function messagesIn(language: Language): PageMessages {
  return (bound[language] ??= bindMessages(texts[language].catalogue, language) as PageMessages);
}

/** As the learner chose, else the first one that the browser asks for and that there is. */
export function languageOf(headers: { get(name: string): string | null }): Language {
  return chosenIn(headers.get("cookie") ?? "") ?? preferred(headers.get("accept-language") ?? "");
}

/** In the browser, for as long as the page is there: another choice loads it anew. */
export function pageLanguage(): Language {
  return (typeof document === "undefined" ? undefined : known(document.documentElement.lang)) ?? "en";
}

/** Undefined: as the browser asks; on the server, where nothing shows it. */
export function chosenLanguage(): Language | undefined {
  return typeof document === "undefined" ? undefined : chosenIn(document.cookie);
}

/** Loads the page anew, which loses nothing. False: it cannot be had, and stays as it is until it is loaded next. */
export async function chooseLanguage(language: Language | undefined): Promise<boolean> {
  const age = language === undefined ? 0 : 365 * 24 * 3600;
  // oxlint-disable-next-line unicorn/no-document-cookie -- the Cookie Store API is there over TLS only
  document.cookie = `${cookie}=${language ?? ""}; path=/; max-age=${age}; samesite=lax`;
  const isThere = await fetch(location.href, { method: "HEAD" }).then(
    ({ status }) => status < 500,
    () => false,
  );
  if (isThere) location.reload();
  return isThere;
}

function chosenIn(cookies: string): Language | undefined {
  const found = cookies.split(/;\s*/).find((each) => each.startsWith(`${cookie}=`));
  return known(found?.slice(cookie.length + 1) ?? "");
}

/** Of `de-AT,de;q=0.9,en;q=0.8`, which browsers send in the order of preference. */
function preferred(accepted: string): Language {
  for (const part of accepted.split(",")) {
    const language = known(part.trim().slice(0, 2).toLowerCase());
    if (language !== undefined) return language;
  }
  return "en";
}

function known(text: string): Language | undefined {
  return Object.hasOwn(languageNames, text) ? (text as Language) : undefined;
}
