import type { Metadata } from "next";
import type { ReactNode } from "react";
import { OpenPage } from "../components/open/open-page.tsx";
import { running as words } from "../lib/running-messages.ts";

export const metadata: Metadata = { title: words.open.title, robots: "noindex" };

export default function Page(): ReactNode {
  return <OpenPage />;
}
