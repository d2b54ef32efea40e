import type { Metadata } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { OpenPage } from "../components/open/open-page.tsx";
import { languageOf, messagesIn } from "../lib/language.ts";

export async function generateMetadata(): Promise<Metadata> {
  const { running } = messagesIn(languageOf(await headers()));
  return { title: running.open.title, robots: "noindex" };
}

export default function Page(): ReactNode {
  return <OpenPage />;
}
