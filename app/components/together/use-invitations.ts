import { useCallback, useEffect, useState } from "react";
import type { InvitationView } from "#contract/together.ts";
import { errorText } from "../../lib/api.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

export interface InvitationsInUse {
  all: readonly InvitationView[];
  /** Asks for them anew. */
  load: () => Promise<void>;
  /** The links lead nowhere from now on. */
  takeBack: (ids: readonly string[]) => Promise<void>;
}

/** The workspace's links that were not taken back. @param isOwner others are told of none */
export function useInvitations(isOwner: boolean): InvitationsInUse {
  const { api, notices } = useWorkspace();
  const [all, setAll] = useState<readonly InvitationView[]>([]);
  const load = useCallback(async (): Promise<void> => {
    if (!isOwner) return;
    try {
      setAll(await api.members.invitations());
    } catch (error) {
      notices.show("error", errorText(error));
    }
  }, [api, notices, isOwner]);
  const takeBack = async (ids: readonly string[]): Promise<void> => {
    try {
      for (const id of ids) await api.members.revoke(id);
    } catch (error) {
      notices.show("error", errorText(error));
    }
    await load();
  };
  useEffect(() => void load(), [load]);
  return { all, load, takeBack };
}
