const key = "drydock.name";

/** How the learner wants to be called in workspaces of several people; empty: not told. Kept in this browser. */
export function ownName(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function keepOwnName(name: string): void {
  try {
    localStorage.setItem(key, name);
  } catch {
    // Without storage it is asked for again.
  }
}
