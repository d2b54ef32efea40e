import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SnippetMissing } from "../../components/snippet/snippet-missing.tsx";
import { SnippetPage } from "../../components/snippet/snippet-page.tsx";
import { messages } from "../../lib/messages.ts";
import { snippetAbsence, snippetCard } from "../../lib/snippet-card.ts";

/** What others show of the link. */
export async function generateMetadata(): Promise<Metadata> {
  const card = await snippetCard();
  if (card === undefined) return { title: messages.snippet.pageTitle, robots: "noindex" };
  const { id, title, description, origin } = card;
  const page = `${origin}/s/${id}`;
  const images = [{ url: `${page}/preview.png`, width: 1200, height: 630, alt: title }];
  return {
    title,
    description,
    robots: "noindex",
    openGraph: { title, description, url: page, siteName: messages.product.name, type: "article", images },
    twitter: { card: "summary_large_image", title, description, images },
    alternates: { types: { "application/json+oembed": `${origin}/api/oembed?url=${encodeURIComponent(page)}` } },
  };
}

export default async function Page({ params }: { params: Promise<{ snippet: string }> }): Promise<ReactNode> {
  const absence = await snippetAbsence();
  if (absence !== undefined) return <SnippetMissing absence={absence} />;
  return <SnippetPage id={(await params).snippet} />;
}
