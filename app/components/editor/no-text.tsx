"use client";
import { useRef } from "react";
import type { ReactNode } from "react";
import { longestDocument } from "#contract/document-events.ts";
import { download } from "../../lib/download.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { nameOf } from "../files/file-tree-model.ts";
import { replaceFile } from "../files/upload.ts";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** In the editor's place, for a file that it cannot edit: what it is, and what can be done with it. */
export function NoText({ path, why }: { path: string; why: "binary" | "large" }): ReactNode {
  const { api, files, notices } = useWorkspace();
  const entries = useStore(files.entries) ?? [];
  const entry = entries.find((each) => each.path === path);
  const picker = useRef<HTMLInputElement>(null);
  // A link's size is not that of the file it leads to.
  const told = entry?.kind === "file" ? messages.editor.fileSize({ size: size(entry.size) }) : "";
  const reason = why === "large" ? messages.editor.large({ limit: size(longestDocument) }) : messages.editor.binary;
  return (
    <Empty icon="file" title={nameOf(path)} text={`${reason} ${told}`}>
      <span className="flex gap-2">
        <Button icon="download" onClick={() => download(api.fileUrl(path))}>
          {messages.files.downloadFile}
        </Button>
        <Button icon="upload" needs="editor" onClick={() => picker.current?.click()}>
          {messages.editor.replace}
        </Button>
      </span>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={messages.editor.replace}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) void replaceFile({ api, notices, entries }, path, file);
          target.value = "";
        }}
      />
    </Empty>
  );
}
