import type { ReactNode } from "react";
import { VirtualLines } from "../ui/virtual-lines.tsx";

/** A Dockerfile that no editor has, with the numbers of its lines. */
export function DockerfileLines({ text, label }: { text: string; label: string }): ReactNode {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <VirtualLines
      lines={lines.map((line, index) => `${String(index + 1).padStart(3)}  ${line}`)}
      version={0}
      label={label}
      maximumHeight={220}
      follow={false}
    />
  );
}
