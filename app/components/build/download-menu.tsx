"use client";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { downloadIfThere } from "../../lib/download.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { Menu } from "../ui/menu.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** What a build has made, as a file of the learner's machine. */
export function DownloadMenu({ build }: { build: string }): ReactNode {
  const { api, notices } = useWorkspace();
  const { title, image, imageDetail, files, filesDetail } = messages.build.download;
  const fetched = (type: "docker" | "tar") => (): void => {
    downloadIfThere(api.buildOutputUrl(build, type)).catch((error: unknown) => notices.show("error", errorText(error)));
  };
  return (
    <Menu
      trigger={<IconButton icon="download" label={title} />}
      title={title}
      groups={[
        [
          { label: image, detail: imageDetail, icon: "layers", onSelect: fetched("docker") },
          { label: files, detail: filesDetail, icon: "folder", onSelect: fetched("tar") },
        ],
      ]}
    />
  );
}
