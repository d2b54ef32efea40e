import { Problem } from "../http/problem.ts";
import type { SocketData } from "./socket-gate.ts";

/** Pages that are open at once on this web: of one workspace, where each is told of all of the others, and of one member. */
const most = { ofWorkspace: 100, ofMember: 20 };

/** Counts the pages of each workspace. */
export class OpenPages {
  /** pages of each session, by workspace */
  readonly #workspaces = new Map<string, Map<string, number>>();

  /** The owner gets in however many others are there. @returns to be called when the page is gone @throws Problem 429 */
  enter({ workspace, session, role }: Pick<SocketData, "workspace" | "session" | "role">): () => void {
    const pages = this.#workspaces.get(workspace) ?? new Map<string, number>();
    const own = pages.get(session) ?? 0;
    const all = [...pages.values()].reduce((sum, count) => sum + count, 0);
    if (own >= most.ofMember) {
      throw new Problem(
        429,
        `You have this workspace open ${own} times: close some of these pages, and reload this one.`,
      );
    }
    if (all >= most.ofWorkspace && role !== "owner") {
      throw new Problem(429, `This workspace is open in ${all} pages, which is as many as can be. Try again later.`);
    }
    this.#workspaces.set(workspace, pages.set(session, own + 1));
    return () => {
      const left = (pages.get(session) ?? 1) - 1;
      if (left > 0) pages.set(session, left);
      else pages.delete(session);
      if (pages.size === 0) this.#workspaces.delete(workspace);
    };
  }
}
