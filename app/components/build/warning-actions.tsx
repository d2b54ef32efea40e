"use client";
import { useState } from "react";
import type { ReactNode } from "react";
import type { BuildWarning } from "#contract/build-events.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { dialogPart } from "../ui/dialog-part.tsx";
import { useRefusal } from "../ui/role.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const CheckDialog = dialogPart(() => import("./check-dialog.tsx"));

const linkClass =
  "font-medium text-accent underline decoration-transparent underline-offset-3 hover:decoration-current";

/** The page that explains a warning, and the fix where one is safe: for as long as the Dockerfile is what was built. */
export function WarningActions({ warning }: { warning: BuildWarning }): ReactNode {
  const { builds } = useWorkspace();
  const changed = useStore(builds.changed);
  const [open, setOpen] = useState(false);
  const refusal = useRefusal("editor");
  const { fix, rule, url } = warning;
  return (
    <>
      {url !== undefined && (
        <button
          type="button"
          className={linkClass}
          aria-label={messages.build.whyRule({ rule })}
          onClick={() => setOpen(true)}
        >
          {messages.build.whyLink}
        </button>
      )}
      {fix !== undefined && changed === false && refusal === undefined && (
        <button type="button" className={linkClass} onClick={() => builds.applyFix(fix)}>
          {fix.title}
        </button>
      )}
      {open && <CheckDialog name={rule} onClose={() => setOpen(false)} />}
    </>
  );
}
