"use client";
import dynamic from "next/dynamic";
import { createContext, Fragment, useContext } from "react";
import type { ComponentType, ReactNode } from "react";
import { messagesIn } from "../../lib/language.ts";
import type { Language, PageMessages } from "../../lib/language.ts";

const LanguageContext = createContext<Language>("en");

/**
 * The engine's sentences, which are long, come with the language that needs them: named by the page that the server draws,
 * as its other scripts are, and there before React takes it over. Until then it stands as it is drawn.
 */
const sentences: Partial<Record<Language, ComponentType<{ children: ReactNode }>>> = {
  de: dynamic(() => import("./german-sentences.tsx")),
};

export function LanguageProvider({ language, children }: { language: Language; children: ReactNode }): ReactNode {
  const Sentences = sentences[language] ?? Fragment;
  return (
    <LanguageContext value={language}>
      <Sentences>{children}</Sentences>
    </LanguageContext>
  );
}

/** For what the server draws: it serves pages of all languages at once. */
export function useMessages(): PageMessages {
  return messagesIn(useContext(LanguageContext));
}
