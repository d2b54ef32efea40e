"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { followTheme, themeScript } from "../../lib/theme.ts";

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
