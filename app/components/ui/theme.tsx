"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { chooseTheme, followTheme, themeChoice, themeChoices, themeScript } from "../../lib/theme.ts";
import { IconButton } from "./button.tsx";
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

export function ThemeMenu(): ReactNode {
  const chosen = useStore(themeChoice);
  return (
    <Menu
      trigger={<IconButton icon="contrast" label={messages.theme.menu} className="size-7" />}
      title={messages.theme.title}
      groups={[
        themeChoices.map((choice) => ({
          label: messages.theme[choice],
          checked: choice === chosen,
          onSelect: () => chooseTheme(choice),
        })),
      ]}
    />
  );
}
