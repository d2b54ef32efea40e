"use client";
import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import { messagesIn } from "../../lib/language.ts";
import type { Language, PageMessages } from "../../lib/language.ts";

const LanguageContext = createContext<Language>("en");

export function LanguageProvider({ language, children }: { language: Language; children: ReactNode }): ReactNode {
  return <LanguageContext value={language}>{children}</LanguageContext>;
}

/** For what the server draws: it serves pages of all languages at once. */
export function useMessages(): PageMessages {
  return messagesIn(useContext(LanguageContext));
}
