/** The page's sockets and previews, spoken to by somebody who is no page, and answered by what is no server. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket as TcpSocket } from "node:net";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import * as Y from "yjs";
import { eventAccess } from "../../server/playground/streams/socket-gate.ts";
import { patience } from "../suites/patience.ts";
import { skip as noEngine, stageOfThisFile } from "./stage.ts";
import { type Visitor, Web, whyNoPages } from "./web.ts";

const skip = noEngine === false ? (whyNoPages() ?? false) : noEngine;
const web = new Web();
const stage = stageOfThisFile({ prepare });
let mallory: Visitor;
let vera: Visitor;
let pid = 0;

async function prepare(): Promise<void> {
  if (skip !== false) return;
  await web.start(stage.engine);
  pid = web.pid;
  [mallory, vera] = [await web.visitor(), await web.visitor()];
  for (const visitor of [mallory, vera]) {
    await visitor.ask("file?path=notes.txt", { method: "PUT", body: "as it was" });
  }
}
after(() => web.stop());

async function page(visitor: Visitor): Promise<Socket> {
  const socket = io(web.url, {
    auth: { workspace: visitor.id, version: 1 },
    extraHeaders: { cookie: visitor.cookie, origin: web.url },
    transports: ["websocket"],
    reconnection: false,
  });
  await new Promise((resolve, reject) =>
    socket.once("connect", () => resolve(undefined)).once("connect_error", reject),
  );
  return socket;
}

interface Opened {
  epoch: string;
  update: Uint8Array;
  problem?: string;
}
const openNotes = async (socket: Socket): Promise<Opened> =>
  (await socket
    .timeout(20_000)
    .emitWithAck("document-open", { path: "notes.txt", vector: new Uint8Array([0]) })) as Opened;
const textOf = ({ update }: Opened): string => {
  const document = new Y.Doc();
  Y.applyUpdate(document, update);
  return document.getText("text").toString();
};

/** The same process goes on serving the neighbour, who finds her file as it was. */
async function herPageWorks(): Promise<void> {
  assert.equal(web.pid, pid, "the page's server has ended");
  const socket = await page(vera);
  try {
    assert.equal(textOf(await openNotes(socket)), "as it was");
  } finally {
    socket.close();
  }
  await stage.unharmed();
}

const deep = (levels: number): unknown => {
  let value: unknown = "x";
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

describe("the page's socket", { skip }, () => {
  test("events of odd shapes, for other things, and out of order", async () => {
    const socket = await page(mallory);
    const told = new Set<string>();
    socket.on("trouble", ({ message }: { message: string }) => told.add(message));
    const odd = [
      undefined,
      null,
      0,
      "x",
      [],
      {},
      Buffer.alloc(1_000),
      deep(1_000),
      { path: "notes.txt" },
      { path: "../../../etc/passwd", vector: new Uint8Array() },
      { path: "a\0b", vector: new Uint8Array(), update: new Uint8Array(), seq: 1 },
      { path: "notes.txt", vector: randomBytes(60_000), update: randomBytes(60_000), seq: -1 },
      { path: "notes.txt", update: randomBytes(1_000), seq: 2 ** 53 },
      { stream: "s", source: { kind: "output", container: "../../../etc", position: 0 } },
      { stream: "__proto__", source: { kind: "files", position: 0 }, bytes: Number.MAX_SAFE_INTEGER },
      { stream: "constructor", source: { kind: "terminal", terminal: "constructor", position: 2 ** 53 } },
      { terminal: "x", data: "ls\n", columns: 1e9, rows: -1, to: "everybody" },
      { terminal: "__proto__", data: Buffer.alloc(65_537), columns: 80, rows: 24, to: null },
      { place: { file: "notes.txt", cursor: { anchor: -1, head: 1e308 } }, name: "\u001b[2J" },
      JSON.parse('{"__proto__": {"role": "owner"}, "path": "notes.txt", "vector": 1}') as unknown,
    ];
    for (const name of Object.keys(eventAccess)) {
      for (const message of odd) {
        socket.emit(name, message);
        socket.emit(name, message, message, () => undefined);
      }
    }
    for (const name of [
      "connect",
      "disconnect",
      "error",
      "newListener",
      "__proto__",
      "constructor",
      "member-changed",
    ]) {
      // The client reserves some of these names for itself.
      socket.io.engine.write(`42${JSON.stringify([name, { workspace: vera.id }])}`);
    }
    for (const end = Date.now() + patience; told.size === 0 && Date.now() < end;) await delay(50);
    assert.ok(
      [...told].some((message) => /does not understand/.test(message)),
      [...told].join("; "),
    );
    await herPageWorks();
    socket.close();
  });

  test("packets that are none, before and after who it is is known", async () => {
    const packets = [
      "",
      "4",
      "9",
      "42",
      "42[",
      "42{}",
      '42["document-open"',
      "40/admin,",
      '40{"workspace":{"toString":1}}',
      "41",
      '431["x"]',
      '45999999999-["x",{"_placeholder":true,"num":5}]',
      '451-["document-open",{"_placeholder":true,"num":99}]',
      '451-["document-open",{"_placeholder":true,"num":"__proto__"}]',
      "46",
      "2probe",
      "5",
      "6",
      `42${"[".repeat(50_000)}`,
      "1",
    ];
    for (const packet of packets) {
      for (const known of [false, true]) {
        const socket = new WebSocket(`ws://localhost:${web.port}/socket.io/?EIO=4&transport=websocket`, {
          headers: { cookie: mallory.cookie, origin: web.url },
        } as never);
        await new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
        if (known) {
          socket.send(`40${JSON.stringify({ workspace: mallory.id, version: 1 })}`);
          await new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
        }
        socket.send(packet);
        socket.send(Buffer.alloc(10));
        socket.close();
      }
    }
    await herPageWorks();
  });

  test("changes of a document that no editor makes", async () => {
    const socket = await page(mallory);
    const opened = await openNotes(socket);
    const base = new Y.Doc();
    Y.applyUpdate(base, opened.update);
    const made = (change: (document: Y.Doc) => void): Uint8Array => {
      const document = new Y.Doc();
      Y.applyUpdate(document, opened.update);
      const before = Y.encodeStateVector(document);
      change(document);
      return Y.encodeStateAsUpdate(document, before);
    };
    const whole = made((document) => document.getText("text").insert(0, "hello"));
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = { a: [value] };
      return value;
    };
    const updates: Record<string, Uint8Array> = {
      nothing: new Uint8Array(),
      noise: randomBytes(100_000),
      "cut off": whole.subarray(0, whole.length - 3),
      "another type": made((document) => document.getMap("text2").set("x", 1)),
      "a map where the text is": made((document) => document.getArray("list").insert(0, ["x"])),
      "values nested a thousand levels deep": made((document) => document.getMap("m").set("x", nested(1_000))),
      formats: made((document) => document.getText("text").format(0, 2, { bold: true })),
      embeds: made((document) => document.getText("text").insertEmbed(0, { image: "x" })),
      "more than it holds": made((document) => document.getText("text").insert(0, "x".repeat(1_100_000))),
      "counts beyond all": Uint8Array.from([1, ...Array.from({ length: 8 }, () => 255), 127, 1, 0]),
      "deletions beyond all": Uint8Array.from([0, 1, 1, ...Array.from({ length: 7 }, () => 255), 127, 0, 1]),
    };
    for (const [what, update] of Object.entries(updates)) {
      const ended = new Promise<{ message?: string }>((resolve) => void socket.once("document-ended", resolve));
      const { problem } = await openNotes(socket);
      assert.equal(problem, undefined, what);
      socket.emit("document-update", { path: "notes.txt", update, seq: 1 });
      const { message = "" } = await ended;
      assert.match(message, /does not fit the document|as large as one may be/, what);
    }
    assert.equal(textOf(await openNotes(socket)), "as it was");
    await herPageWorks();
    socket.close();
  });

  test("vectors that are none, and documents opened without end", async () => {
    const socket = await page(mallory);
    const seen = { answers: 0 };
    for (let number = 0; number < 400; number++) {
      const vector = number % 2 === 0 ? new Uint8Array([0]) : Uint8Array.from([255, 255, 255, 255, 15, 1]);
      socket.emit("document-open", { path: "notes.txt", vector }, () => seen.answers++);
    }
    for (const end = Date.now() + patience; seen.answers < 100 && Date.now() < end;) await delay(50);
    assert.ok(seen.answers >= 100, String(seen.answers));
    await herPageWorks();
    socket.close();
  });

  for (const transports of [["websocket"], ["polling", "websocket"]]) {
    test(`a page that pings without end, and reads no answer, by ${transports.join(" and ")}: it is let go`, async () => {
      const socket = io(web.url, {
        auth: { workspace: mallory.id, version: 1 },
        extraHeaders: { cookie: mallory.cookie, origin: web.url },
        transports,
        reconnection: false,
      });
      const { engine } = socket.io;
      await new Promise((resolve, reject) => {
        socket.once("connect_error", reject);
        if (transports.length === 1) socket.once("connect", () => resolve(undefined));
        else engine.once("upgrade", resolve);
      });
      const { ws } = engine.transport as unknown as { ws: { ping(): void; _socket: TcpSocket } };
      ws._socket.pause();
      const isOpen = () => !ws._socket.destroyed && ws._socket.errored === null;
      for (let few = 0; few < 20; few++) ws.ping();
      await delay(200);
      assert.ok(isOpen(), "some are nobody's attack");
      for (const end = Date.now() + patience; isOpen() && Date.now() < end; await delay(20)) {
        for (let many = 0; many < 100 && isOpen(); many++) ws.ping();
      }
      assert.ok(!isOpen(), "it was never let go");
      socket.close();
      await herPageWorks();
    });
  }

  test("a page that confirms what it does not read: it is let go, and the server does not grow", async () => {
    const made = await mallory.post("containers", {
      image: "debian",
      name: "loud",
      cmd: ["sh", "-c", "while :; do head -c 60000 /dev/zero | tr '\\0' x; echo; done"],
    });
    assert.ok(made.status < 300, made.text);
    const { id } = JSON.parse(made.text) as { id: string };
    const socket = await page(mallory);
    const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
    const before = resident();
    const tcp = (socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws._socket;
    tcp.pause();
    const streams = Array.from({ length: 30 }, (_, number) => `s${number}`);
    for (const stream of streams) {
      socket.emit("stream-open", { stream, source: { kind: "output", container: id, position: 0 } });
    }
    let most = 0;
    // A socket that is paused learns of its end when it writes.
    const isOpen = () => !tcp.destroyed && tcp.errored === null;
    for (const end = Date.now() + patience; isOpen() && Date.now() < end;) {
      for (const stream of streams) socket.emit("stream-ack", { stream, bytes: 2 ** 40 });
      await delay(20);
      most = Math.max(most, resident() - before);
    }
    assert.ok(most < 300 * 2 ** 20, `${Math.round(most / 2 ** 20)} MiB more`);
    assert.ok(!isOpen(), "it was never let go");
    socket.close();
    await herPageWorks();
  });
});

describe("a container's answers to a preview", { skip }, () => {
  const serving = (answer: string) =>
    `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 80, Listen => 9) or die;
     while (my $c = $s->accept) { sysread $c, my $x, 9999; print $c ${answer}; close $c }`;
  const answers = {
    "a status below all": '"HTTP/1.1 099 Odd\\r\\nContent-Length: 0\\r\\n\\r\\n"',
    "a reason with control characters": '"HTTP/1.1 200 O\\x01K\\r\\nContent-Length: 2\\r\\n\\r\\nok"',
    "another protocol": '"HTTP/1.1 101 Now\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n"',
  };
  for (const [what, answer] of Object.entries(answers)) {
    test(`${what}: the page's server goes on`, async () => {
      const name = what.replaceAll(" ", "-");
      const made = await mallory.post("containers", { image: "debian", name, cmd: ["perl", "-e", serving(answer)] });
      const { id } = JSON.parse(made.text) as { id: string };
      const opened = await mallory.post("previews", { container: id, port: 80 });
      const { host, pathname, searchParams } = new URL((JSON.parse(opened.text) as { url: string }).url);
      const handed = await web.ask(`${pathname}?${searchParams}`, { headers: { host } });
      const cookie = handed.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      const ask = () => web.ask("/", { headers: { host, cookie } });
      let shown = await ask();
      // Its program may not listen yet.
      for (let tries = 0; !/speaks something else/.test(shown.text) && tries < 50; tries++) {
        await delay(100);
        shown = await ask();
      }
      assert.equal(shown.status, 502);
      assert.match(shown.text, /speaks something else than HTTP/);
      await herPageWorks();
    });
  }
});
