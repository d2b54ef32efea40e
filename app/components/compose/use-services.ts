import { useEffect, useState } from "react";
import { errorText } from "../../lib/api.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { readComposeFile } from "./compose-file.ts";
import type { ComposeService } from "./compose-file.ts";

/** The services of a Compose file, read anew whenever its version changes. What could be read before stays. */
export function useServices(
  path: string | undefined,
  version: string | undefined,
): { services: readonly ComposeService[]; failure: string | undefined } {
  const { api } = useWorkspace();
  const [services, setServices] = useState<readonly ComposeService[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (path === undefined) return undefined;
    let gone = false;
    const read = async (): Promise<void> => {
      try {
        const { bytes } = await api.readFile(path);
        const found = readComposeFile(new TextDecoder().decode(bytes));
        if (gone) return;
        setServices(found);
        setFailure(undefined);
      } catch (error) {
        if (!gone) setFailure(errorText(error));
      }
    };
    void read();
    return () => {
      gone = true;
    };
  }, [api, path, version]);
  return { services, failure };
}
