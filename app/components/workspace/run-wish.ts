const key = "drydock.run";

/**
 * "Build and run this workspace as soon as it is open", from one page of this tab to the next. Kept in the tab's
 * storage, not in the address: no link from elsewhere makes a learner's workspace run something.
 */
export function wishRun(workspace: string): void {
  try {
    sessionStorage.setItem(key, workspace);
  } catch {
    // Without storage the workspace opens, and its Build button is there.
  }
}

/** Whether it was wished for this workspace; true once. */
export function takeRunWish(workspace: string): boolean {
  try {
    const wished = sessionStorage.getItem(key) === workspace;
    sessionStorage.removeItem(key);
    return wished;
  } catch {
    return false;
  }
}
