import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { LoadFailed, LoadGuard } from "./components/ui/load-guard.tsx";
import { StyleNonce } from "./components/ui/style-nonce.tsx";
import { ThemeKeeper, ThemeScript } from "./components/ui/theme.tsx";
import { LanguageProvider } from "./components/ui/language.tsx";
import { languageOf, messagesIn } from "./lib/language.ts";
import "./globals.css";

export async function generateMetadata(): Promise<Metadata> {
  const { product } = messagesIn(languageOf(await headers()));
  return {
    title: { default: product.name, template: `%s · ${product.name}` },
    description: product.description,
    referrer: "no-referrer",
  };
}

export const viewport: Viewport = {
  // A keyboard on the screen leaves less room, and covers nothing.
  interactiveWidget: "resizes-content",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f2f5f7" },
    { media: "(prefers-color-scheme: dark)", color: "#0d1317" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  // Set by server/web.ts for every page; reading it also makes the page dynamic, as a nonce must be.
  const given = await headers();
  const nonce = given.get("x-nonce") ?? undefined;
  const language = languageOf(given);
  return (
    // The script sets `data-theme`, which the server cannot know.
    <html lang={language} suppressHydrationWarning>
      <head>
        <ThemeScript nonce={nonce} />
        <LoadGuard nonce={nonce} />
      </head>
      <body>
        <StyleNonce nonce={nonce} />
        <ThemeKeeper />
        <LanguageProvider language={language}>
          {children}
          <LoadFailed />
        </LanguageProvider>
      </body>
    </html>
  );
}
