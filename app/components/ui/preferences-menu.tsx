"use client";
import type { ReactNode } from "react";
import { chooseLanguage, chosenLanguage, languageNames } from "../../lib/language.ts";
import type { Language } from "../../lib/language.ts";
import { useStore } from "../../lib/store.ts";
import { chooseTheme, themeChoice, themeChoices } from "../../lib/theme.ts";
import { IconButton } from "./button.tsx";
import { useMessages } from "./language.tsx";
import { Menu } from "./menu.tsx";
import { NoticeList, Notices } from "./notices.tsx";

const notices = new Notices();

/** How the page looks, and in which language it speaks. */
export function PreferencesMenu(): ReactNode {
  const theme = useStore(themeChoice);
  const text = useMessages().preferences;
  const language = chosenLanguage();
  const choose = async (wanted: Language | undefined): Promise<void> => {
    if (!(await chooseLanguage(wanted))) notices.show("error", text.unreached);
  };
  const languages = Object.entries(languageNames) as [Language, string][];
  return (
    <>
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
              { label: text.browserLanguage, checked: language === undefined, onSelect: () => void choose(undefined) },
              ...languages.map(([code, name]) => ({
                label: name,
                language: code,
                checked: code === language,
                onSelect: () => void choose(code),
              })),
            ],
          },
        ]}
      />
      <NoticeList notices={notices} />
    </>
  );
}
