import { randomBytes } from "node:crypto";
import { askTerminalSchema, callMeSchema, giveTerminalSchema, moveSchema } from "../../contract/together-events.ts";
import { TokenBucket } from "../../contract/token-bucket.ts";
import type { Room } from "../together/room.ts";
import type { SocketGate } from "./socket-gate.ts";

/** Steps of a cursor, and what else is told to everybody; at once, and per second on the long run. */
const messages = { burst: 200, perSecond: 40 };

export interface RoomSessionParts {
  room: () => Room;
  /** how the learner wants to be called from now on */
  renamed: (name: string) => Promise<void>;
}

/** One page among the others of its workspace (contract/together-events.ts). */
export class RoomSession {
  readonly #gate: SocketGate;
  readonly #parts: RoomSessionParts;
  readonly #id = randomBytes(6).toString("hex");
  readonly #rate = new TokenBucket(() => messages);

  constructor(gate: SocketGate, parts: RoomSessionParts) {
    this.#gate = gate;
    this.#parts = parts;
  }

  /** To be called once. */
  listen(): void {
    const { socket } = this.#gate;
    const { member, role, name } = socket.data;
    const room = this.#parts.room;
    // Cursors come again with the next step: one too many is left out.
    const within = (act: () => unknown) => (this.#rate.take(1) ? act() : undefined);
    this.#gate.on("person-move", moveSchema, ({ place }) => within(() => room().move(this.#id, place)));
    this.#gate.on("person-name", callMeSchema, ({ name: called }) =>
      within(() => {
        // A guest has a name.
        if (called === "" && role !== "owner") return undefined;
        room().rename(member, called);
        return this.#parts.renamed(called);
      }),
    );
    this.#gate.on("terminal-ask", askTerminalSchema, ({ terminal }) => within(() => room().ask(terminal, member)));
    this.#gate.on("terminal-give", giveTerminalSchema, ({ terminal, to }) =>
      within(() => room().give(terminal, member, to)),
    );
    room().join(
      { id: this.#id, member, role, name },
      {
        room: (view) => socket.emit("room", view),
        moved: (message) => socket.emit("person-moved", message),
        changed: (message) => socket.emit("list-changed", message),
      },
    );
    socket.on("disconnect", () => room().leave(this.#id));
  }
}
