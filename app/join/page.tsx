import type { Metadata } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { JoinPage } from "../components/together/join-page.tsx";
import { languageOf, messagesIn } from "../lib/language.ts";

export async function generateMetadata(): Promise<Metadata> {
  const { together } = messagesIn(languageOf(await headers()));
  return { title: together.join.title, robots: "noindex" };
}

export default function Page(): ReactNode {
  return <JoinPage />;
}
