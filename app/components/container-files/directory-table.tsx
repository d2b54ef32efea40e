"use client";
import type { ReactNode } from "react";
import type { DirectoryListing, ListedFile } from "#contract/extension-api.ts";
import { ago, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { ColumnHead } from "../ui/column-head.tsx";
import { Icon } from "../ui/icons.tsx";
import { modeText } from "./file-bytes.ts";

const words = messages.running;

interface DirectoryTableProps {
  listing: DirectoryListing;
  onOpen: (file: ListedFile) => void;
}

export function DirectoryTable({ listing, onOpen }: DirectoryTableProps): ReactNode {
  if (listing.files.length === 0) return <p className="p-3 text-xs text-ink-faint">{words.files.empty}</p>;
  const head = [words.files.name, words.files.size, words.files.mode, words.files.owner, words.files.changed];
  return (
    <div data-scrolls="container-files" className="@container min-h-0 flex-1 overflow-auto">
      <table aria-label={words.files.list(listing)} className="w-full border-collapse text-left text-xs">
        <thead>
          <tr>
            {head.map((title, index) => (
              <ColumnHead key={title} className={shownFrom(index)}>
                {title}
              </ColumnHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {listing.files.map((file) => (
            <Row key={file.name} file={file} onOpen={() => onOpen(file)} />
          ))}
        </tbody>
      </table>
      {listing.omitted > 0 && (
        <p className="p-2 text-xs text-ink-faint">{words.files.omitted({ count: listing.omitted })}</p>
      )}
    </div>
  );
}

/** With little room the last columns go first. */
function shownFrom(column: number): string {
  return column < 2 ? "" : column === 2 ? "hidden @sm:table-cell" : "hidden @lg:table-cell";
}

function Row({ file, onOpen }: { file: ListedFile; onOpen: () => void }): ReactNode {
  const kind = file.leadsTo ?? file.kind;
  const label = file.linkTarget === undefined ? file.name : `${file.name} → ${file.linkTarget}`;
  return (
    <tr className="border-t border-line hover:bg-raised">
      <td className="w-full max-w-0 px-1">
        <button
          type="button"
          onClick={onOpen}
          className="flex h-6.5 w-full min-w-0 items-center gap-1.5 px-1 text-left"
          aria-label={`${label}, ${words.files.kinds[kind]}`}
        >
          <Icon
            name={kind === "directory" ? "folder" : "file"}
            className={kind === "directory" ? "text-accent" : "text-ink-faint"}
          />
          <span className="truncate font-mono">{file.name}</span>
          {file.linkTarget !== undefined && (
            <span className="truncate font-mono text-ink-faint">→ {file.linkTarget}</span>
          )}
        </button>
      </td>
      <td className="px-2 text-right whitespace-nowrap text-ink-soft tabular-nums">
        {kind === "directory" ? "" : size(file.size)}
      </td>
      <td className={`px-2 font-mono whitespace-nowrap text-ink-soft ${shownFrom(2)}`}>{modeText(file.mode)}</td>
      <td className={`px-2 font-mono whitespace-nowrap text-ink-soft ${shownFrom(3)}`}>
        {file.uid}:{file.gid}
      </td>
      <td className={`px-2 whitespace-nowrap text-ink-soft ${shownFrom(4)}`}>{ago(file.mtime)}</td>
    </tr>
  );
}
