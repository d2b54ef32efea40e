import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SnippetPage } from "../../components/snippet/snippet-page.tsx";
import { messages } from "../../lib/messages.ts";

export const metadata: Metadata = { title: messages.snippet.pageTitle, robots: "noindex" };

export default async function Page({ params }: { params: Promise<{ snippet: string }> }): Promise<ReactNode> {
  return <SnippetPage id={(await params).snippet} />;
}
