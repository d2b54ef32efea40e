"use client";
import { useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";
import type { Snippet, SnippetVersion } from "#contract/playground-api.ts";
import { errorText, findSnippet, snippetVersions } from "../../lib/api.ts";
import { ago } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { compareFiles } from "./file-changes.ts";
import type { ChangedLine, FileChange } from "./file-changes.ts";

const words = messages.running;

/** The files of a snippet beside those of the version before it, and the versions it came of. */
export default function SnippetChanges({ snippet, parent }: { snippet: Snippet; parent: string }): ReactNode {
  const [before, setBefore] = useState<Snippet>();
  const [versions, setVersions] = useState<readonly SnippetVersion[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const fail = (error: unknown): void => setFailure(errorText(error));
    findSnippet(parent).then(setBefore, fail);
    snippetVersions(snippet.id).then(setVersions, fail);
  }, [parent, snippet.id]);
  const changes = useMemo(
    () => (before === undefined ? undefined : compareFiles(before.files, snippet.files)),
    [before, snippet],
  );
  return (
    <section
      aria-label={words.versions.label}
      data-testid="changes"
      className="max-h-[45vh] shrink-0 overflow-y-auto border-b border-line bg-panel p-3"
    >
      <nav aria-label={words.versions.menu}>
        <ol className="mb-2 flex flex-wrap gap-x-3 text-xs">
          {versions.map(({ id, title, createdAt }) => (
            <li key={id}>
              {id === snippet.id ? (
                <span aria-current="page" className="font-medium">
                  {title || messages.snippet.untitled}
                </span>
              ) : (
                <a href={`/s/${id}`} className="text-accent underline underline-offset-2">
                  {title || messages.snippet.untitled}
                </a>
              )}{" "}
              <span className="text-ink-faint">{ago(createdAt)}</span>
            </li>
          ))}
        </ol>
      </nav>
      {failure !== undefined && (
        <p role="alert" className="text-xs text-bad">
          {words.versions.missing} {failure}
        </p>
      )}
      {changes?.length === 0 && <p className="text-xs text-ink-soft">{words.versions.same}</p>}
      {changes?.map((change) => (
        <Change key={change.path} change={change} />
      ))}
    </section>
  );
}

function Change({ change }: { change: FileChange }): ReactNode {
  return (
    <div className="mb-3">
      <h2 className="flex items-baseline gap-2 text-xs">
        <span className="font-mono font-medium">{change.path}</span>
        <span className="text-ink-soft">{words.versions[change.kind]}</span>
        {change.lines && (
          <span className="font-mono text-ink-faint">
            {words.versions.lines({ added: change.added, removed: change.removed })}
          </span>
        )}
      </h2>
      {change.lines === undefined ? (
        <p className="text-xs text-ink-faint">{words.versions.binary}</p>
      ) : (
        <pre
          role="region"
          aria-label={change.path}
          // A scrolling region must be reachable by keyboard.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="mt-1 overflow-x-auto rounded-md border border-line font-mono text-xs"
        >
          {change.lines.map((line, index) => (
            <Line key={index} line={line} />
          ))}
        </pre>
      )}
    </div>
  );
}

const looks: Record<ChangedLine["kind"], { sign: string; className: string }> = {
  added: { sign: "+", className: "bg-good-wash text-good" },
  removed: { sign: "−", className: "bg-bad-wash text-bad" },
  same: { sign: " ", className: "" },
  gap: { sign: " ", className: "text-ink-faint" },
};

function Line({ line: { kind, text } }: { line: ChangedLine }): ReactNode {
  const { sign, className } = looks[kind];
  return (
    <span className={`block min-w-fit px-2 ${className}`}>
      {sign} {text}
    </span>
  );
}
