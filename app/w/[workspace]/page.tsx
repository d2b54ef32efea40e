import type { ReactNode } from "react";
import { WorkspacePage } from "../../components/workspace/workspace-page.tsx";

export default async function Page({ params }: { params: Promise<{ workspace: string }> }): Promise<ReactNode> {
  return <WorkspacePage id={(await params).workspace} />;
}
