"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { chooseLanguage, chosenLanguage, languageNames } from "../../lib/language.ts";
import type { Language } from "../../lib/language.ts";
import { useStore } from "../../lib/store.ts";
import { chooseTheme, followTheme, themeChoice, themeChoices, themeScript } from "../../lib/theme.ts";
import { IconButton } from "./button.tsx";
import { useMessages } from "./language.tsx";
import { Menu } from "./menu.tsx";

/** For the head: before the first paint. */
export function ThemeScript({ nonce }: { nonce: string | undefined }): ReactNode {
  // oxlint-disable-next-line react/no-danger -- a constant
  return <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: themeScript }} />;
}

/** For the body: follows the system and other tabs. */
export function ThemeKeeper(): ReactNode {
  useEffect(() => followTheme(), []);
  return null;
}

/** How the page looks, and in which language it speaks. */
export function PreferencesMenu(): ReactNode {
  const theme = useStore(themeChoice);
  const text = useMessages().preferences;
  const language = chosenLanguage();
  const languages = Object.entries(languageNames) as [Language, string][];
  return (
    <Menu
      trigger={<IconButton icon="contrast" label={text.menu} className="size-7" />}
      groups={[
        {
          title: text.theme,
          items: themeChoices.map((choice) => ({
            label: text.themes[choice],
            checked: choice === theme,
            onSelect: () => chooseTheme(choice),
          })),
        },
        {
          title: text.language,
          items: [
            { label: text.browserLanguage, checked: language === undefined, onSelect: () => chooseLanguage(undefined) },
            ...languages.map(([code, name]) => ({
              label: name,
              language: code,
              checked: code === language,
              onSelect: () => chooseLanguage(code),
            })),
          ],
        },
      ]}
    />
  );
}
