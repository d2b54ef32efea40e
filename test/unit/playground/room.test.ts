/** Who is in a workspace, and who has the keyboard of its terminals. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RoomView } from "../../../server/contract/together-events.ts";
import type { Role } from "../../../server/contract/together.ts";
import { Room, Rooms } from "../../../server/playground/together/room.ts";

function come(room: Room, id: string, member: string, role: Role = "editor"): Page {
  return new Page(room, id, member, role);
}

class Page {
  view: RoomView | undefined;
  readonly moves: string[] = [];
  readonly changes: string[] = [];

  constructor(room: Room, id: string, member: string, role: Role = "editor") {
    room.join(
      { id, member, role, name: "" },
      {
        room: (view) => (this.view = structuredClone(view)),
        moved: (message) => void this.moves.push(`${message.id} ${message.place.path ?? ""}`),
        changed: ({ list }) => void this.changes.push(list),
      },
    );
  }

  get here(): string[] {
    return this.view?.people.map(({ id }) => id) ?? [];
  }

  get writers(): string[] {
    return (
      this.view?.writers.map(({ terminal, writer, asking }) => `${terminal} ${writer} ${asking.join()}`.trim()) ?? []
    );
  }
}

describe("a room", () => {
  it("tells everybody who is there, by colours of their own", () => {
    const room = new Room();
    const ada = come(room, "1", "owner", "owner");
    const bob = come(room, "2", "m1");
    const again = come(room, "3", "m1");
    assert.deepEqual(ada.here, ["1", "2", "3"]);
    assert.equal(bob.view?.you, "2");
    const colours = again.view?.people.map(({ colour }) => colour);
    assert.deepEqual(colours, [0, 1, 1], "one person with two pages has one colour");
    room.rename("m1", "Bob");
    assert.deepEqual(
      ada.view?.people.map(({ name }) => name),
      ["", "Bob", "Bob"],
    );
    room.leave("2");
    assert.deepEqual(ada.here, ["1", "3"]);
    for (let count = 0; count < 8; count++) come(room, `x${count}`, `x${count}`);
    assert.deepEqual(
      [...new Set(ada.view?.people.map(({ colour }) => colour))].toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  it("tells the others where somebody is, and which lists have changed", () => {
    const room = new Room();
    const [ada, bob] = [come(room, "1", "owner", "owner"), come(room, "2", "m1")];
    room.move("2", { path: "Dockerfile" });
    room.move("nobody", { path: "x" });
    room.changed("terminals");
    assert.deepEqual([ada.moves, bob.moves, ada.changes], [["2 Dockerfile"], [], ["terminals"]]);
    const late = come(room, "3", "m2");
    assert.equal(late.view?.people[1]?.place.path, "Dockerfile");
  });

  it("is another one for each workspace, and goes when it is empty", () => {
    const rooms = new Rooms();
    const one = rooms.of("a");
    come(one, "1", "owner", "owner");
    assert.equal(rooms.of("b"), rooms.of("b"));
    assert.equal(rooms.of("a"), one);
    one.leave("1");
    rooms.of("c");
    assert.notEqual(rooms.of("a"), one);
  });
});

describe("the keyboard of a terminal", () => {
  it("is of whoever types first, until it is handed over", () => {
    const room = new Room();
    const ada = come(room, "1", "m1");
    come(room, "2", "m2");
    assert.ok(room.mayWrite("t", "m1"));
    assert.ok(!room.mayWrite("t", "m2"));
    assert.ok(room.mayWrite("other", "m2"));
    room.ask("t", "m2");
    assert.deepEqual(ada.writers, ["t m1 m2", "other m2"]);
    assert.ok(!room.mayWrite("t", "m2"), "asking is not having");
    room.give("t", "m2", "m2");
    assert.ok(!room.mayWrite("t", "m2"), "nobody gives what is another's");
    room.give("t", "m1", null);
    assert.deepEqual(ada.writers, ["t m1", "other m2"]);
    room.ask("t", "m2");
    room.give("t", "m1", "m2");
    assert.deepEqual(ada.writers, ["t m2", "other m2"]);
    assert.ok(room.mayWrite("t", "m2") && !room.mayWrite("t", "m1"));
  });

  it("is of who opens it, if that one is here", () => {
    const room = new Room();
    const ada = come(room, "1", "m1");
    room.opened("t", "m1");
    room.opened("alone", "m9");
    assert.deepEqual([ada.writers, ada.changes], [["t m1"], ["terminals", "terminals"]]);
    assert.ok(!room.mayWrite("t", "m2") && room.mayWrite("alone", "m2"));
  });

  it("is not handed to a viewer, nor to who is gone; the owner takes it, and a leaver leaves it", () => {
    const room = new Room();
    const owner = come(room, "1", "owner", "owner");
    come(room, "2", "m1");
    come(room, "3", "v", "viewer");
    room.mayWrite("t", "m1");
    room.give("t", "m1", "v");
    room.give("t", "m1", "gone");
    assert.deepEqual(owner.writers, ["t m1"]);
    room.ask("t", "owner");
    assert.deepEqual(owner.writers, ["t owner"]);
    room.give("t", "owner", "m1");
    room.leave("2");
    assert.deepEqual(owner.writers, []);
    assert.ok(room.mayWrite("t", "owner"));
  });

  it("knows what who is here is called", () => {
    const room = new Room();
    come(room, "1", "owner", "owner");
    assert.equal(room.nameOf("owner"), "");
    room.rename("owner", "Ada");
    assert.equal(room.nameOf("owner"), "Ada");
    room.leave("1");
    assert.equal(room.nameOf("owner"), "");
  });

  it("decides the terminal's size", () => {
    const room = new Room();
    const [ada, bob] = [come(room, "1", "m1"), come(room, "2", "m2")];
    const [wide, narrow] = [
      { columns: 120, rows: 40 },
      { columns: 60, rows: 20 },
    ];
    assert.ok(room.mayResize("t", "m2", narrow), "a free one takes anybody's");
    room.mayWrite("t", "m1");
    assert.ok(room.mayResize("t", "m1", wide));
    assert.ok(!room.mayResize("t", "m2", narrow));
    assert.deepEqual(bob.view?.writers, [{ terminal: "t", writer: "m1", asking: [], ...wide }]);
    assert.deepEqual(ada.view?.writers, bob.view?.writers);
  });
});
