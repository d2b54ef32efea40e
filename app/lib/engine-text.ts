import type { BuildEvent, BuildFailure, BuildWarning } from "#contract/build-events.ts";
import { texts } from "#texts";
import { pageLanguage } from "./language.ts";
import type { Language } from "./language.ts";

/**
 * The engine says what it finds in English, as dockerd does and as it stands in recordings; so does `web`. Here their sentences
 * are said in the page's language, by tables whose keys they are (gettext's way); what is in no table stays as it is.
 */
export type EngineText = (text: string) => string;
/** The key is the English, where `{0}` stands for any text, and `{0*}` for one that is in the table too; the first that fits counts. */
export type Sentences = Readonly<Record<string, string>>;

/** Sentences in sentences. */
const deepest = 4;
/** Characters of a sentence: a longer one is mostly somebody's own text. */
const longest = 2000;

/** A text may have several lines, each of which is a sentence. Sizes in it are written as in `language` (BCP 47). */
export function engineTextBy(table: Sentences, language = "en"): EngineText {
  const sentences = Object.entries(table).map(([english, translated]) => ({ ...patternOf(english), translated }));
  const say = (text: string, depth: number): string => {
    for (const { pattern, nested, translated } of depth < deepest && text.length <= longest ? sentences : []) {
      const found = pattern.exec(text);
      if (found === null) continue;
      const parts = nested.map((isSentence, index) => {
        const part = found[index + 1] ?? "";
        return isSentence ? say(part, depth + 1) : sizeIn(language, part);
      });
      return translated.replaceAll(/\{(\d)\*?\}/g, (_all, index: string) => parts[Number(index)] ?? "");
    }
    return text;
  };
  return (text) =>
    text
      .split("\n")
      .map((line) => say(line, 0))
      .join("\n");
}

/** `1.5 GiB` as it is written in the language; all else may be the learner's own. */
function sizeIn(language: string, text: string): string {
  const [, value, unit] = /^(\d+\.\d+)( [kKMGTP]i?B)$/.exec(text) ?? [];
  return value === undefined || unit === undefined
    ? text
    : new Intl.NumberFormat(language).format(Number(value)) + unit;
}

/** `{0}`, `{1}`, … in this order; `nested`: which of them are sentences. */
function patternOf(english: string): { pattern: RegExp; nested: boolean[] } {
  const nested: boolean[] = [];
  const source = english.split(/(\{\d\*?\})/).map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    nested.push(part.includes("*"));
    return "(.+?)";
  });
  return { pattern: new RegExp(`^${source.join("")}$`, "s"), nested };
}

const spoken: Partial<Record<Language, EngineText>> = {};

export function sayIn(language: Language, text: string): string {
  return (spoken[language] ??= engineTextBy(texts[language].sentences, language))(text);
}

/** In the language of the page. */
export const say: EngineText = (text) => sayIn(pageLanguage(), text);

export function failureInWords(failure: BuildFailure): BuildFailure {
  const { message, hint } = failure;
  return { ...failure, message: say(message), ...(hint === undefined ? {} : { hint: say(hint) }) };
}

export function warningInWords<Warning extends BuildWarning>(warning: Warning): Warning {
  const { message, fix } = warning;
  return {
    ...warning,
    message: say(message),
    ...(fix === undefined ? {} : { fix: { ...fix, title: say(fix.title) } }),
  };
}

/** An event of a build with all its sentences in the page's language. */
export function eventInWords(event: BuildEvent): BuildEvent {
  switch (event.type) {
    case "warning":
      return warningInWords(event);
    case "failed":
      return { ...event, error: failureInWords(event.error) };
    case "vertex-completed": {
      const { reason, error } = event;
      return {
        ...event,
        reason: { ...reason, detail: say(reason.detail) },
        ...(error === undefined ? {} : { error: say(error) }),
      };
    }
    default:
      return event;
  }
}
