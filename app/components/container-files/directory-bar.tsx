"use client";
import { useRef } from "react";
import type { FormEvent, ReactNode } from "react";
import type { DirectoryListing } from "#contract/extension-api.ts";
import { largestContainerFile } from "#contract/container-views.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton, IconLink } from "../ui/button.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { joinPath, parentOf } from "./file-bytes.ts";
import { writeContainerFile } from "./write-file.ts";

const words = messages.running;

interface DirectoryBarProps {
  container: ContainerView;
  path: string;
  /** as far as it is known */
  listing: DirectoryListing | undefined;
  onGo: (path: string) => void;
  onUploaded: () => void;
}

/** Where one is: up, anywhere by its path, and what is put in or taken out as a whole. */
export function DirectoryBar({ container, path, listing, onGo, onUploaded }: DirectoryBarProps): ReactNode {
  const { api, notices } = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get("path");
    if (typeof typed === "string") onGo(typed.startsWith("/") ? typed : `/${typed}`);
  };
  const put = async (file: File): Promise<"new" | "replaced"> => {
    const target = joinPath(path, file.name);
    const there = listing?.files.find((each) => each.name === file.name);
    if (there === undefined || there.size > largestContainerFile) {
      await api.details.writeFile(container.id, target, file);
      return "new";
    }
    const said = words.files.replaced(file);
    const to = { container: container.id, path: target, content: file, said, written: onUploaded };
    await writeContainerFile(api.details, notices, to);
    return "replaced";
  };
  const upload = async (files: readonly File[]): Promise<void> => {
    let done = 0;
    try {
      for (const file of files) {
        if (file.size > largestContainerFile) {
          notices.show("error", words.files.tooLarge({ name: file.name, limit: size(largestContainerFile) }));
        } else if ((await put(file)) === "new") done++;
      }
    } catch (error) {
      notices.show("error", errorText(error));
    }
    if (done > 0) notices.show("done", words.files.uploaded({ count: done }));
    onUploaded();
  };
  return (
    <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1">
      <IconButton icon="up" label={words.files.up} disabled={path === "/"} onClick={() => onGo(parentOf(path))} />
      <form onSubmit={submit} className="min-w-0 flex-1">
        {/* Another directory is another field: what was typed into it is gone. */}
        <input
          key={path}
          name="path"
          aria-label={words.files.path}
          defaultValue={path}
          spellCheck={false}
          className="h-6 w-full rounded-md border border-line bg-ground px-1.5 font-mono text-xs outline-none focus-visible:border-accent"
        />
      </form>
      <IconButton icon="upload" needs="editor" label={words.files.upload} onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="container-upload"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          void upload(files);
        }}
      />
      <IconLink
        icon="download"
        label={words.files.downloadDirectory}
        href={api.details.archiveUrl(container.id, path)}
        download
      />
    </div>
  );
}
