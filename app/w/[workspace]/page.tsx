import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { workspaceIdPattern } from "#contract/playground-api.ts";
import { WorkspacePage } from "../../components/workspace/workspace-page.tsx";

export default async function Page({ params }: { params: Promise<{ workspace: string }> }): Promise<ReactNode> {
  const id = (await params).workspace;
  if (!workspaceIdPattern.test(id)) notFound();
  return <WorkspacePage id={id} />;
}
