/** Where a page's learner is, as the others are told it, and whom it goes along with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Place, RoomView } from "#contract/together-events.ts";
import { TogetherStore } from "./together-store.ts";
import type { Connection } from "../../lib/connection.ts";
import { Store } from "../../lib/store.ts";

/** A page in a room with somebody else, `1`. */
function enter(): { together: TogetherStore; told: Place[]; hear: (name: string, message: unknown) => void } {
  const told: Place[] = [];
  const listeners = new Map<string, (message: unknown) => void>();
  const connection = {
    state: new Store({ connected: true, engineUp: true, refused: undefined }),
    on: (name: string, listener: (message: unknown) => void) => {
      listeners.set(name, listener);
      return () => {};
    },
    send: (name: string, message: { place: Place }) => name === "person-move" && told.push(message.place),
  } as unknown as Connection;
  const together = new TogetherStore("me", connection);
  together.start();
  const hear = (name: string, message: unknown): void => listeners.get(name)?.(message);
  const other = { id: "1", member: "owner", name: "Ada", role: "owner", colour: 0, place: {} } as const;
  const self = { ...other, id: "2", member: "me", name: "", role: "editor" } as const;
  hear("room", { you: "2", people: [other, self], writers: [] } satisfies RoomView);
  return { together, told, hear };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a page among others", () => {
  it("tells where it is, all of it each time", async () => {
    const { together, told } = enter();
    together.move({ path: "Dockerfile" });
    together.move({ pane: "terminal", terminal: "abc" });
    await until(() => told.at(-1)?.pane === "terminal");
    assert.deepEqual(told.at(-1), { path: "Dockerfile", pane: "terminal", terminal: "abc" });
  });

  it("goes nowhere by itself while it follows, so that two who follow each other rest", async () => {
    const { together, told, hear } = enter();
    await until(() => told.length === 1);
    together.follow("1");
    hear("person-moved", { id: "1", place: { path: "a" } });
    assert.deepEqual(together.followedPlace, { path: "a" });
    together.move({ path: "a" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(told.slice(1), [{ follows: "1" }]);
    together.follow(undefined);
    await until(() => told.length === 3);
    assert.deepEqual([told.at(-1), together.followedPlace], [{ path: "a" }, undefined]);
  });

  it("shows the file of each as it is now: its own before the server tells it, theirs of who goes along", async () => {
    const { together, told, hear } = enter();
    const pathOf = (at: string): string | undefined => {
      const person = together.people.value.find(({ id }) => id === at);
      return person && together.pathOf(person);
    };
    together.move({ path: "Dockerfile" });
    assert.equal(pathOf("2"), "Dockerfile");
    hear("person-moved", { id: "1", place: { path: "Dockerfile", follows: "2" } });
    await until(() => told.length === 1);
    together.move({ path: "index.html" });
    assert.deepEqual([pathOf("1"), pathOf("2")], ["index.html", "index.html"]);
    // Two who follow each other are somewhere, too.
    together.follow("1");
    assert.equal(pathOf("1"), "index.html");
    hear("person-moved", { id: "1", place: { path: "gone", follows: "3" } });
    assert.equal(pathOf("1"), "gone");
  });

  it("follows nobody who is gone, and has the keyboard of what nobody else has", () => {
    const { together, hear } = enter();
    together.follow("1");
    hear("room", {
      you: "2",
      people: [],
      writers: [
        { terminal: "a", writer: "owner", asking: [] },
        { terminal: "b", writer: "me", asking: [] },
      ],
    } satisfies RoomView);
    assert.equal(together.following.value, undefined);
    assert.deepEqual(
      ["a", "b", "c"].map((id) => together.hasKeyboard(id)),
      [false, true, true],
    );
  });
});
