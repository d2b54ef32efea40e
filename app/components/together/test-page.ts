import { moveSchema } from "#contract/together-events.ts";
import type { Place } from "#contract/together-events.ts";
import { TogetherStore } from "./together-store.ts";
import type { Connection } from "../../lib/connection.ts";
import { Store } from "../../lib/store.ts";

/** The page of `2`, in a room with `1`, whose places are what a test says. */
export function openTogether() {
  const listeners = new Map<string, (message: unknown) => void>();
  /** what the others were told of this page */
  const told: Place[] = [];
  const connection = {
    state: new Store({ connected: true, engineUp: true, refused: undefined }),
    follow: () => () => undefined,
    on: (name: string, listener: (message: unknown) => void) => {
      listeners.set(name, listener);
      return () => undefined;
    },
    send: (_name: string, { place }: { place: Place }) => told.push(moveSchema.parse({ place }).place),
  } as unknown as Connection;
  const together = new TogetherStore("me", connection);
  together.start();
  const person = { member: "owner", name: "Ada", role: "owner", colour: 0, place: {} } as const;
  const enter = (...ids: string[]): void =>
    listeners.get("room")?.({ you: "2", people: ids.map((id) => ({ ...person, id })), writers: [] });
  enter("1", "2");
  const theirs = (place: Place): void => listeners.get("person-moved")?.({ id: "1", place });
  return { connection, together, told, theirs, enter };
}
