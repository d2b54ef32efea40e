"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { SearchField } from "../ui/search-field.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { filterJson } from "./filter-json.ts";
import { JsonNode } from "./json-tree.tsx";
import type { Json } from "./json-tree.tsx";

const words = messages.running;

/** What `docker inspect` tells of a container, to read; asked for again whenever its state changes. */
export function ContainerInspect({ container }: { container: ContainerView }): ReactNode {
  const { api } = useWorkspace();
  const [answer, setAnswer] = useState<{ [key: string]: Json }>();
  const [failure, setFailure] = useState<string>();
  const [search, setSearch] = useState("");
  useEffect(() => {
    let gone = false;
    api.details.inspect(container.id).then(
      (found) => !gone && setAnswer(found as { [key: string]: Json }),
      (error: unknown) => !gone && setFailure(errorText(error)),
    );
    return () => {
      gone = true;
    };
  }, [api, container.id, container.state]);
  if (failure !== undefined && answer === undefined) return <p className="p-3 text-xs text-bad">{failure}</p>;
  if (answer === undefined) return <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>;
  const shown = filterJson(answer, search) as { [key: string]: Json } | undefined;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1">
        <SearchField label={words.inspect.search} value={search} onChange={setSearch} />
        <CopyButton label={words.inspect.copyAll} text={() => JSON.stringify(answer, undefined, 2)} />
      </div>
      <div
        role="region"
        aria-label={words.inspect.label}
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="min-h-0 flex-1 overflow-auto p-2 font-mono text-xs"
        data-scrolls="inspect-text"
        data-testid="inspect"
      >
        {shown === undefined ? (
          <p className="font-sans text-ink-faint">{words.inspect.none}</p>
        ) : (
          <ul>
            {Object.entries(shown).map(([key, value]) => (
              <JsonNode key={key} name={key} value={value} depth={1} forced={search.trim() !== ""} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
