import type { Fragment } from "./logical-line.ts";
import { isSpace } from "./white-space.ts";

/**
 * Splits at white space outside quotes; quotes and escapes stay in the words, to be resolved by expansion.
 * A quote that is never closed runs to the end.
 */
export function splitWords(fragment: Fragment, escape: string): Fragment[] {
  const words: Fragment[] = [];
  const { text, offset } = fragment;
  let start = -1;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (quote === "" && isSpace(char)) {
      if (start >= 0) {
        words.push({ text: text.slice(start, index), offset: offset + start });
        start = -1;
      }
      continue;
    }
    if (start < 0) {
      start = index;
    }
    if (char === escape && quote !== "'") {
      index++;
    } else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
    } else if (char === quote) {
      quote = "";
    }
  }
  if (start >= 0) {
    words.push({ text: text.slice(start), offset: offset + start });
  }
  return words;
}

/** Splits at white space only, as COPY's paths and EXPOSE's ports are. */
export function splitFields(fragment: Fragment): Fragment[] {
  return [...fragment.text.matchAll(/[^\t\v\f\r ]+/g)].map((match) => ({
    text: match[0],
    offset: fragment.offset + match.index,
  }));
}

/** The strings of a JSON array; `not-json` when it is no JSON at all, `not-strings` when it is an array of other things. */
export function parseJsonArray(text: string): string[] | "not-json" | "not-strings" {
  if (!text.startsWith("[")) {
    return "not-json";
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not-json";
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    return "not-strings";
  }
  return value;
}
