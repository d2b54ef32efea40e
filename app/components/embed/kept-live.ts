/** A live snippet, over a reload of its frame: in the storage that browsers keep apart for each site around it. */
export interface KeptLive {
  token: string;
  workspace: string;
}

const key = (snippet: string): string => `drydock.live.${snippet}`;

export function readLive(snippet: string): KeptLive | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(snippet)) ?? "null") as Partial<KeptLive> | null;
    return typeof kept?.token === "string" && typeof kept.workspace === "string" ? (kept as KeptLive) : undefined;
  } catch {
    return undefined;
  }
}

/** undefined: there is none any more. @returns whether it is there after a reload */
export function keepLive(snippet: string, live: KeptLive | undefined): boolean {
  try {
    if (live === undefined) sessionStorage.removeItem(key(snippet));
    else sessionStorage.setItem(key(snippet), JSON.stringify(live));
    return true;
  } catch {
    // Where a frame may keep nothing, it is a recording again after a reload.
    return false;
  }
}
