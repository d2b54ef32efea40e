import { useEffect, useState } from "react";
import { errorText } from "../../lib/api.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

interface FileText {
  /** undefined: not read yet, or it could not be */
  text: string | undefined;
  failure: string | undefined;
  /** the files are listed, and it is not among them */
  gone: boolean;
}

/** A file of the workspace as text, read anew whenever it has changed on disk; until then it is what it was. */
export function useFileText(path: string | undefined): FileText {
  const { api, files } = useWorkspace();
  const entries = useStore(files.entries);
  const version = entries?.find((entry) => entry.path === path && entry.kind === "file")?.version;
  const [read, setRead] = useState<{ path: string; text?: string; failure?: string }>();
  useEffect(() => {
    if (path === undefined || version === undefined) return undefined;
    let gone = false;
    api.readFile(path).then(
      ({ bytes }) => !gone && setRead({ path, text: new TextDecoder().decode(bytes) }),
      (error: unknown) => !gone && setRead({ path, failure: errorText(error) }),
    );
    return () => {
      gone = true;
    };
  }, [api, path, version]);
  const known = read?.path === path && version !== undefined ? read : undefined;
  return { text: known?.text, failure: known?.failure, gone: entries !== undefined && version === undefined };
}
