"use client";
import { useMemo } from "react";
import type { ReactNode } from "react";
import type { SnippetOutput } from "#contract/playground-api.ts";
import { LineBuffer } from "../../lib/line-buffer.ts";
import { messages } from "../../lib/messages.ts";
import { PaneHeader } from "../ui/empty.tsx";
import { VirtualLines } from "../ui/virtual-lines.tsx";

/** What a container had printed when the snippet was made, or a terminal showed. */
export function EmbedOutput({ output }: { output: SnippetOutput }): ReactNode {
  const buffer = useMemo(() => {
    const lines = new LineBuffer();
    lines.append(output.text);
    return lines;
  }, [output]);
  return (
    <section className="border-t border-line min-[700px]:col-span-2">
      <PaneHeader title={output.title}>
        {output.exitCode !== undefined && (
          <span className="text-xs text-ink-soft">{messages.containers.exited({ code: output.exitCode })}</span>
        )}
      </PaneHeader>
      <VirtualLines lines={buffer.lines} version={buffer.version} maximumHeight={200} label={output.title} />
    </section>
  );
}
