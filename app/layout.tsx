import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { LoadFailed, LoadGuard } from "./components/ui/load-guard.tsx";
import { StyleNonce } from "./components/ui/style-nonce.tsx";
import { ThemeKeeper, ThemeScript } from "./components/ui/theme.tsx";
import { messages } from "./lib/messages.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: messages.product.name, template: `%s · ${messages.product.name}` },
  description: messages.product.description,
  referrer: "no-referrer",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f2f5f7" },
    { media: "(prefers-color-scheme: dark)", color: "#0d1317" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  // Set by server/web.ts for every page; reading it also makes the page dynamic, as a nonce must be.
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    // The script sets `data-theme`, which the server cannot know.
    <html lang="en" suppressHydrationWarning>
      <head>
        <ThemeScript nonce={nonce} />
        <LoadGuard nonce={nonce} />
      </head>
      <body>
        <StyleNonce nonce={nonce} />
        <ThemeKeeper />
        {children}
        <LoadFailed />
      </body>
    </html>
  );
}
