import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { EngineAway } from "../../../server/playground/http/problem.ts";
import type { PlaygroundSocket } from "../../../server/playground/streams/socket-gate.ts";
import { SocketSession } from "../../../server/playground/streams/socket-session.ts";
import { Room } from "../../../server/playground/together/room.ts";
import { TerminalInput } from "../../../server/playground/streams/terminal-input.ts";
import { Window } from "../../../server/playground/streams/window.ts";
import { MemoryCounter } from "../../../server/playground/peers/alone.ts";
import { NewcomerLimit } from "../../../server/playground/routes/newcomer-limit.ts";
import { TenantClient } from "../../../server/playground/client/tenant-client.ts";
import { UnixClient } from "../../../server/playground/client/unix-client.ts";

/** Whether a promise is still waiting after everything that was due. */
async function waits(promise: Promise<void>): Promise<boolean> {
  const turn = new Promise<"waiting">((resolve) => setImmediate(resolve, "waiting"));
  return (await Promise.race([promise, turn])) === "waiting";
}

/** A page's socket: `page` is what the page sends, `told` what it gets. */
function pageOf(tenant: () => Promise<never>) {
  const page = new EventEmitter();
  const told: [name: string, message: unknown][] = [];
  const socket = {
    data: { workspace: "w1", session: "s1", role: "owner", member: "m1", name: "" },
    on: (name: string, listener: (message: unknown) => void) => page.on(name, listener),
    emit: (name: string, message: unknown) => told.push([name, message]),
  } as unknown as PlaygroundSocket;
  const room = new Room();
  const nothing = () => undefined;
  const parts = { documents: nothing as never, room: () => room, renamed: async () => {}, touch: nothing };
  new SocketSession(socket, { tenant, ...parts }).listen();
  return { page, told };
}

describe("a stream's window", () => {
  it("lets the sender wait while too much is on its way", async () => {
    const window = new Window(100);
    window.sent(60);
    assert.equal(await waits(window.room()), false);
    window.sent(60);
    const room = window.room();
    assert.equal(await waits(room), true);
    window.acknowledged(10);
    assert.equal(await waits(room), true);
    window.acknowledged(20);
    assert.equal(await waits(room), false);
  });

  it("is not widened by acknowledging more than was sent, and opened by its release", async () => {
    const window = new Window(100);
    window.acknowledged(1_000_000);
    window.sent(100);
    const room = window.room();
    assert.equal(await waits(room), true);
    window.release();
    assert.equal(await waits(room), false);
  });
});

describe("terminal input", () => {
  /** A tenant whose terminals take what they are sent when `take` is called. */
  function terminal() {
    const sent: string[] = [];
    const answers: (() => void)[] = [];
    class Recorded extends TenantClient {
      override async terminalInput(_id: string, data: Uint8Array): Promise<void> {
        sent.push(Buffer.from(data).toString());
        await new Promise<void>((resolve) => answers.push(resolve));
      }
    }
    const take = async (): Promise<void> => {
      answers.shift()?.();
      await turn();
    };
    return { tenant: new Recorded(new UnixClient("/nowhere")), sent, take };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("goes in its order, one request at a time; what comes meanwhile goes together", async () => {
    const { tenant, sent, take } = terminal();
    const input = new TerminalInput(
      () => Promise.resolve(tenant),
      "t1",
      (error) => assert.ifError(error),
    );
    input.push(Buffer.from("a"));
    await turn();
    for (const key of ["b", "c"]) input.push(Buffer.from(key));
    assert.deepEqual(sent, ["a"]);
    await take();
    assert.deepEqual(sent, ["a", "bc"]);
  });

  it("keeps its order while it is looked up whose terminal it is", async () => {
    const { tenant, sent } = terminal();
    const lookups: (() => void)[] = [];
    const found = () => new Promise<TenantClient>((resolve) => lookups.push(() => resolve(tenant)));
    const { page } = pageOf(found as never);
    for (const data of ["first", "second"]) page.emit("terminal-input", { terminal: "a1", data });
    // The last one's look-up ends first.
    for (const end of lookups.toReversed()) end();
    await turn();
    assert.equal(sent.join(""), "firstsecond");
  });

  it("is cut off where a program does not read, with no hole, until the program goes on; the page is told once", async () => {
    const { tenant, sent, take } = terminal();
    const { page, told } = pageOf(() => Promise.resolve(tenant as never));
    const type = (data: string): void => void page.emit("terminal-input", { terminal: "a1", data });
    type("a");
    await turn();
    const piece = "b".repeat(60_000);
    for (let count = 0; count < 20; count++) type(piece);
    type("c");
    assert.equal(told.filter(([name]) => name === "trouble").length, 1);
    assert.match(JSON.stringify(told), /does not read what it is sent/);
    await take();
    assert.deepEqual(sent, ["a", piece.repeat(17)]);
    await take();
    type("d");
    await turn();
    assert.deepEqual(sent.slice(2), ["d"]);
  });
});

describe("a page that floods its socket", () => {
  it("asks the engine for streams, and tells the others sizes, only so often", async () => {
    let asked = 0;
    const { page, told } = pageOf(() => {
      asked++;
      return Promise.reject(new EngineAway(new Error("it is away")));
    });
    // All of them in one turn of the loop: next to nothing is regained meanwhile.
    for (let count = 0; count < 2000; count++) {
      page.emit("stream-open", { stream: "s", source: { kind: "files", position: 0 } });
    }
    assert.ok(asked >= 300 && asked < 1000, `${asked} of 2000 streams`);
    const refused = told.filter(([name, message]) => name === "stream-end" && (message as { again: boolean }).again);
    assert.equal(refused.length, 2000 - asked, "and is told to try again");
    told.length = 0;
    for (let count = 0; count < 3000; count++) {
      page.emit("terminal-input", { terminal: "a1", data: "" });
      page.emit("terminal-resize", { terminal: "a1", columns: 80 + (count % 2), rows: 24 });
    }
    const views = told.filter(([name]) => name === "room").length;
    assert.ok(views >= 600 && views < 2000, `${views} of 3000 sizes`);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(told.some(([name, message]) => name === "trouble" && /too fast/.test((message as Error).message)));
  });
});

describe("the limit of newcomers", () => {
  it("counts by address, and trusts a proxy's word only where there is one", async () => {
    const from = (address: string, forwarded?: string): IncomingMessage => {
      const socket = new Socket();
      Object.defineProperty(socket, "remoteAddress", { value: address });
      const request = new IncomingMessage(socket);
      if (forwarded !== undefined) request.headers["x-forwarded-for"] = forwarded;
      return request;
    };
    const limit = new NewcomerLimit(2, false, new MemoryCounter());
    for (const each of [1, 2]) await limit.admit(from("10.0.0.1", `1.1.1.${each}`));
    const tooMany = { status: 429, reason: "too-many" };
    await assert.rejects(limit.admit(from("10.0.0.1", "1.1.1.3")), tooMany);
    await limit.admit(from("10.0.0.2"));
    const behind = new NewcomerLimit(1, true, new MemoryCounter());
    await behind.admit(from("127.0.0.1", "1.1.1.1"));
    await behind.admit(from("127.0.0.1", "1.1.1.2"));
    await assert.rejects(behind.admit(from("127.0.0.1", "1.1.1.2")), tooMany);
  });

  it("begins anew an hour after an address's first", async () => {
    const counter = new MemoryCounter();
    assert.deepEqual(
      [await counter.count("a", 1000, 0), await counter.count("a", 1000, 999), await counter.count("b", 1000, 999)],
      [1, 2, 1],
    );
    assert.deepEqual([await counter.count("a", 1000, 1000), await counter.count("b", 1000, 1000)], [1, 2]);
  });
});
