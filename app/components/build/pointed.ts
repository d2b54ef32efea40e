import type { Store } from "../../lib/store.ts";

/** The step that is pointed at, in the Dockerfile's text or in a list of steps or layers: the other side shows it. */
export type Pointed = { id: string; from: "editor" | "steps" } | undefined;

export function pointFrom(pointed: Store<Pointed>, from: "editor" | "steps", id: string | undefined): void {
  pointed.update((before) => {
    if (id !== undefined) return before?.id === id && before.from === from ? before : { id, from };
    // What the other side points at is its own to take back.
    return before?.from === from ? undefined : before;
  });
}
