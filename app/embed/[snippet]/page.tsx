import type { Metadata } from "next";
import type { ReactNode } from "react";
import { embedPanes, usualEmbedPanes } from "#contract/sharing.ts";
import { EmbedPage } from "../../components/embed/embed-page.tsx";
import { snippetAbsence, snippetCard } from "../../lib/snippet-card.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await snippetCard())?.title ?? "", robots: "noindex" };
}

interface EmbedProps {
  params: Promise<{ snippet: string }>;
  searchParams: Promise<{ theme?: string; panes?: string }>;
}

export default async function Page({ params, searchParams }: EmbedProps): Promise<ReactNode> {
  const { theme, panes = "" } = await searchParams;
  const chosen = embedPanes.filter((pane) => panes.split(",").includes(pane));
  return (
    <EmbedPage
      id={(await params).snippet}
      absence={await snippetAbsence()}
      theme={theme === "light" || theme === "dark" ? theme : undefined}
      panes={chosen.length === 0 ? usualEmbedPanes : chosen}
    />
  );
}
