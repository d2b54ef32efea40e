"use client";
import Markdown from "markdown-to-jsx";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { CheckPage } from "#contract/extension-api.ts";
import { errorText } from "../../lib/api.ts";
import { Dialog, DialogScroll } from "../ui/dialog.tsx";
import { Spinner } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";

/** What a build check finds, with an example and why it matters. */
export default function CheckDialog({ name, onClose }: { name: string; onClose: () => void }): ReactNode {
  const { api } = useWorkspace();
  const [page, setPage] = useState<CheckPage>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    api.checkPage(name).then(setPage, (error: unknown) => setFailure(errorText(error)));
  }, [api, name]);
  return (
    <Dialog title={name} onClose={onClose}>
      {failure !== undefined && <p className="text-bad">{failure}</p>}
      {page === undefined && failure === undefined && <Spinner className="text-ink-faint" />}
      {page && (
        <DialogScroll label={name} className="check-page">
          <Markdown options={{ disableParsingRawHTML: true, forceBlock: true }}>
            {page.text.replace(/^# .*\n/, "")}
          </Markdown>
        </DialogScroll>
      )}
    </Dialog>
  );
}
