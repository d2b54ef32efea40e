import type { ReactNode } from "react";
import { WorkspacePage } from "./components/workspace/workspace-page.tsx";

export default function Page(): ReactNode {
  return <WorkspacePage />;
}
