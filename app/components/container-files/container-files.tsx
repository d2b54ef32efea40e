"use client";
import { useCallback, useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { DirectoryListing, ListedFile } from "#contract/extension-api.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { DirectoryBar } from "./directory-bar.tsx";
import { DirectoryTable } from "./directory-table.tsx";
import { FileView } from "./file-view.tsx";
import { joinPath } from "./file-bytes.ts";

const words = messages.running;

/** The files of a container, running or not: one directory at a time, or one file. */
export function ContainerFiles({ container }: { container: ContainerView }): ReactNode {
  const { api } = useWorkspace();
  const [wanted, setWanted] = useState({ path: "/", attempt: 0 });
  const [listing, setListing] = useState<DirectoryListing>();
  const [failure, setFailure] = useState<string>();
  const [file, setFile] = useState<ListedFile>();
  useEffect(() => {
    let gone = false;
    api.details.directory(container.id, wanted.path).then(
      (found) => {
        if (gone) return;
        setListing(found);
        setFailure(undefined);
      },
      (error: unknown) => !gone && setFailure(errorText(error)),
    );
    return () => {
      gone = true;
    };
  }, [api, container.id, wanted]);
  const go = useCallback((path: string): void => {
    setFile(undefined);
    setWanted((before) => ({ path, attempt: before.attempt + 1 }));
  }, []);
  const refresh = useCallback(
    (): void => setWanted((before) => ({ path: before.path, attempt: before.attempt + 1 })),
    [],
  );

  if (listing !== undefined && file !== undefined) {
    return (
      <FileView
        container={container}
        file={file}
        path={joinPath(listing.path, file.name)}
        onClose={() => {
          setFile(undefined);
          refresh();
        }}
      />
    );
  }
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="container-files">
      <DirectoryBar
        container={container}
        path={listing?.path ?? wanted.path}
        listing={listing}
        onGo={go}
        onUploaded={refresh}
      />
      {failure !== undefined && (
        <p role="alert" className="border-b border-line px-3 py-1.5 text-xs text-bad">
          {failure}
        </p>
      )}
      {listing === undefined ? (
        failure === undefined && <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>
      ) : (
        <DirectoryTable
          listing={listing}
          onOpen={(each) =>
            (each.leadsTo ?? each.kind) === "directory" ? go(joinPath(listing.path, each.name)) : setFile(each)
          }
        />
      )}
    </div>
  );
}
