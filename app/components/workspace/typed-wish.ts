const key = "drydock.typed";

/**
 * "Type this into a terminal as soon as the workspace is open", from one page of this tab to the next; in the tab's
 * storage like `run-wish.ts`, and for the same reason.
 */
export function wishTyped(workspace: string, text: string): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ workspace, text }));
  } catch {
    // Without storage the workspace opens, and its terminal is there.
  }
}

/** What was wished for this workspace; told once. */
export function takeTypedWish(workspace: string): string | undefined {
  try {
    const wish = JSON.parse(sessionStorage.getItem(key) ?? "{}") as { workspace?: string; text?: string };
    sessionStorage.removeItem(key);
    return wish.workspace === workspace ? wish.text : undefined;
  } catch {
    return undefined;
  }
}
