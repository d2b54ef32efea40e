"use client";
import type { ReactNode } from "react";
import type { BuildWarning } from "#contract/build-events.ts";
import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Icon } from "../ui/icons.tsx";
import { LineLink } from "./line-link.tsx";

interface BuildWarningsProps {
  warnings: readonly BuildWarning[];
  onReveal?: (line: number) => void;
  renderActions?: (warning: BuildWarning) => ReactNode;
}

/** One line until it is opened: what is worth a look must not push away what was asked for. */
export function BuildWarnings({ warnings, onReveal, renderActions }: BuildWarningsProps): ReactNode {
  return (
    <details className="group border-b border-line text-xs">
      <summary className="flex cursor-pointer items-center gap-2 px-3 py-1.5 text-ink-soft select-none hover:bg-raised">
        <Icon name="bulb" className="size-3.5 text-warn" />
        <span className="flex-1">{messages.build.worthALook({ count: warnings.length })}</span>
        <Icon name="chevron" className="size-3.5 transition-transform group-open:rotate-90" />
      </summary>
      <ul aria-label={messages.build.warnings} className="max-h-64 overflow-y-auto px-3 pb-1.5">
        {warnings.map((warning) => (
          <li key={warning.rule + (warning.range?.startLine ?? "") + warning.message} className="py-1">
            <div className="flex gap-2">
              <span className="min-w-0 flex-1">{warning.message}</span>
              <LineLink line={warning.range?.startLine} {...(onReveal ? { onReveal } : {})} />
            </div>
            <div className="flex flex-wrap items-center gap-x-3 text-ink-faint">
              <Evidence {...warning.evidence} />
              {renderActions?.(warning)}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What the build has measured of it. */
function Evidence({ bytes = 0, durationMs = 0 }: NonNullable<BuildWarning["evidence"]>): ReactNode {
  const parts = [bytes > 0 ? size(bytes) : "", durationMs >= 1 ? duration(durationMs) : ""].filter(
    (part) => part !== "",
  );
  return parts.length === 0 ? null : (
    <span className="tabular-nums">{messages.build.evidence({ measured: parts.join(", ") })}</span>
  );
}
