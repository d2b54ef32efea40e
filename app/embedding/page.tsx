import type { Metadata } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { EmbeddingPage } from "../components/embedding/embedding-page.tsx";
import { languageOf, messagesIn } from "../lib/language.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: messagesIn(languageOf(await headers())).embedding.title };
}

export default async function Page({
  searchParams,
}: {
  searchParams: Promise<{ snippet?: string }>;
}): Promise<ReactNode> {
  return <EmbeddingPage snippet={(await searchParams).snippet ?? ""} />;
}
