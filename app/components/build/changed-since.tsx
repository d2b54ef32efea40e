"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { DiffView } from "../diff/diff-view.tsx";
import { useFileText } from "../files/use-file-text.ts";
import { Button } from "../ui/button.tsx";
import { DisclosureButton } from "../ui/disclosure.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { bringBack } from "./bring-back.ts";
import { dockerfileOf } from "./build-state.ts";
import type { BuildState } from "./build-state.ts";
import { DockerfileLines } from "./dockerfile-lines.tsx";

const text = messages.build.dockerfile;

/** The workspace is not what this build was made of: its Dockerfile is shown as it was then, and can be brought back. */
export function ChangedSince({ build }: { build: BuildState }): ReactNode {
  const [open, setOpen] = useState(false);
  const path = dockerfileOf(build.summary);
  const { text: now, gone } = useFileText(path);
  const isOther = build.text !== undefined && (gone || (now !== undefined && now !== build.text));
  return (
    <div className="border-b border-line px-3 py-1 text-xs text-ink-soft">
      <p role="status">{messages.build.changed}</p>
      {path !== undefined && build.text !== undefined && isOther && (
        <>
          <DisclosureButton open={open} onChange={setOpen}>
            <span className="min-w-0 truncate">{text.asBuilt({ path })}</span>
          </DisclosureButton>
          {open && <Then path={path} then={build.text} now={gone ? undefined : now} build={build} />}
        </>
      )}
    </div>
  );
}

interface ThenProps {
  path: string;
  then: string;
  /** undefined: there is no such file any more */
  now: string | undefined;
  build: BuildState;
}

function Then({ path, then, now, build }: ThenProps): ReactNode {
  const { api, builds, documents, notices } = useWorkspace();
  return (
    <div className="grid gap-1.5 py-1" data-testid="dockerfile-then">
      <div className="rounded-md border border-line bg-ground">
        <DockerfileLines text={then} label={text.asBuilt({ path })} />
      </div>
      <p className="font-medium text-ink">{now === undefined ? text.gone : text.compared}</p>
      {now !== undefined && <DiffView before={then} after={now} label={text.compared} height="max-h-40" />}
      <div className="flex flex-wrap gap-1.5">
        <Button
          icon="restart"
          needs="editor"
          className="h-6 text-xs"
          onClick={() => void bringBack({ api, documents, notices }, path, then)}
        >
          {text.bringBack}
        </Button>
        {build.summary.imageId !== undefined && (
          <Button icon="layers" className="h-6 text-xs" onClick={() => builds.view.set("layers")}>
            {text.files}
          </Button>
        )}
      </div>
    </div>
  );
}
