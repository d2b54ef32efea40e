"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { IconLink } from "../ui/button.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { Toggle } from "../ui/toggle.tsx";

const running = messages.running;

export interface LogView {
  search: string;
  follow: boolean;
  timestamps: boolean;
}

interface LogToolbarProps {
  view: LogView;
  /** lines that are shown while searching */
  found: number;
  downloadUrl: string;
  onChange: (change: Partial<LogView>) => void;
}

export function LogToolbar({ view, found, downloadUrl, onChange }: LogToolbarProps): ReactNode {
  return (
    <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1">
      <SearchField
        label={running.log.search}
        value={view.search}
        found={view.search === "" ? undefined : running.log.matches({ count: found })}
        onChange={(search) => onChange({ search })}
      />
      <Toggle
        pressed={view.timestamps}
        title={running.log.timestampsHint}
        onChange={(timestamps) => onChange({ timestamps })}
      >
        {running.log.timestamps}
      </Toggle>
      <Toggle pressed={view.follow} title={running.log.followHint} onChange={(follow) => onChange({ follow })}>
        {running.log.follow}
      </Toggle>
      <IconLink icon="download" label={running.log.download} href={downloadUrl} download />
    </div>
  );
}
