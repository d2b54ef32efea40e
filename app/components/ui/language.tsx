"use client";
import dynamic from "next/dynamic";
import { createContext, useContext } from "react";
import type { ComponentType, ReactNode } from "react";
import { texts } from "#texts";
import { messagesIn } from "../../lib/language.ts";
import type { Language, PageMessages } from "../../lib/language.ts";
import type { Texts } from "../../messages/texts.ts";

const LanguageContext = createContext<Language>("en");

/**
 * A page's texts come with it in its own language alone: named by the page that the server draws, as its other scripts are,
 * and there before React takes it over, and so before anything in it asks for a text. Until then it stands as it is drawn.
 */
const speaking: Record<Language, ComponentType<{ children: ReactNode }>> = {
  en: dynamic(async () => speak("en", await import("../../messages/en/index.ts"))),
  de: dynamic(async () => speak("de", await import("../../messages/de/index.ts"))),
};

function speak(language: Language, brought: { texts: Texts }): typeof Spoken {
  texts[language] = brought.texts;
  return Spoken;
}

function Spoken({ children }: { children: ReactNode }): ReactNode {
  return children;
}

export function LanguageProvider({ language, children }: { language: Language; children: ReactNode }): ReactNode {
  const Speaking = speaking[language];
  return (
    <LanguageContext value={language}>
      <Speaking>{children}</Speaking>
    </LanguageContext>
  );
}

/** For what the server draws: it serves pages of all languages at once. */
export function useMessages(): PageMessages {
  return messagesIn(useContext(LanguageContext));
}
