import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot();
const daemon = new Drydockd({ standIns: ["busybox"] });
before(async () => {
  if (skip === undefined) await daemon.start();
});
after(() => daemon.dispose());

/** A raw connection, with all that came so far. */
async function open(head: string): Promise<{ socket: Socket; until: (what: string | RegExp) => Promise<string> }> {
  const socket = connect({ path: daemon.socket, allowHalfOpen: true });
  await once(socket, "connect");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.write(head);
  return {
    socket,
    until: async (what) => {
      while (typeof what === "string" ? !text.includes(what) : !what.test(text)) {
        assert.ok(!socket.readableEnded, `it ended with: ${text}`);
        await delay(5);
      }
      return text;
    },
  };
}

test("Expect, chunked bodies and garbage are answered as HTTP says", { skip }, async () => {
  const body = '{"Name":"chunked"}';
  const json = "Content-Type: application/json\r\n";
  const expecting = await open(
    `POST /volumes/create HTTP/1.1\r\nHost: x\r\n${json}Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await expecting.until("HTTP/1.1 100 Continue\r\n\r\n");
  expecting.socket.write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  await expecting.until(/HTTP\/1\.1 201 Created[^]*"Name":"chunked"/);
  expecting.socket.write("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
  await expecting.until(/201 Created[^]*200 OK[^]*OK$/);
  expecting.socket.destroy();
  const garbage = await open("garbage\r\n\r\n");
  assert.match(await garbage.until("\r\n\r\n400 Bad Request"), /^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("a thousand connections are open at once, and the next one is answered", { skip }, async () => {
  const waiting = Array.from({ length: 1_000 }, () => {
    const outgoing = request({ socketPath: daemon.socket, path: "/events", agent: false });
    outgoing.on("error", () => undefined);
    outgoing.end();
    return outgoing;
  });
  const answers = await Promise.all(waiting.map((outgoing) => once(outgoing, "response")));
  assert.equal(answers.length, 1_000);
  assert.ok(await daemon.answers());
  waiting.forEach((outgoing) => outgoing.destroy());
});

/** The head of a request without `Upgrade`, as old SDKs send it, with its body. */
function post(path: string, body = ""): string {
  const type = body === "" ? "" : "Content-Type: application/json\r\n";
  return `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
}

async function makeExec(...command: string[]): Promise<string> {
  const config = JSON.stringify({ AttachStdin: true, AttachStdout: true, Cmd: command });
  const { socket, until } = await open(post("/containers/box/exec", config));
  const text = await until(/"Id":"\w+"/);
  socket.destroy();
  return /"Id":"(\w+)"/.exec(text)?.[1] ?? "";
}

test(
  "without Upgrade, what comes behind the request is the program's input, until the client ends it",
  { skip },
  async () => {
    const made = await daemon.docker("run", "-d", "--name", "box", "busybox", "sleep", "100");
    assert.equal(made.status, 0, made.stderr);
    // Input that looks like HTTP, with the request in one piece and apart from it, on a connection that was used before.
    const input = "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n";
    const script = "cat; sleep 0.2; echo after";
    for (const together of [true, false]) {
      const start = post(`/exec/${await makeExec("sh", "-c", script)}/start`, "{}");
      const { socket, until } = await open("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
      await until(/\r\n\r\nOK/);
      if (together) {
        socket.write(start + input);
      } else {
        socket.write(start);
        await until("raw-stream\r\n\r\n");
        socket.write(input);
      }
      await until(input);
      socket.end();
      const text = await until("after\n");
      assert.match(text, /HTTP\/1\.1 200 OK\r\nContent-Type: application\/vnd\.docker\.raw-stream\r\n\r\n/);
      assert.doesNotMatch(text, /400 Bad Request/);
      if (!socket.readableEnded) await once(socket, "end");
    }
  },
);

test("attach without Upgrade gives input to the container, whose end of input is the client's", { skip }, async () => {
  await daemon.docker("create", "-i", "--name", "cat", "busybox", "sh", "-c", "cat; echo over");
  const { socket, until } = await open(post("/containers/cat/attach?stream=1&stdin=1&stdout=1"));
  await until("raw-stream\r\n\r\n");
  assert.equal((await daemon.docker("start", "cat")).status, 0);
  socket.write("some words\n");
  await until("some words\n");
  socket.end();
  await until("over\n");
});

test("an answer in place of a stream leaves the connection to the next request", { skip }, async () => {
  const { socket, until } = await open(post("/exec/nothing/start", "{}"));
  await until(/404 Not Found[^]*No such exec instance: nothing"\}\n/);
  socket.write(`${post("/containers/nothing/attach")}GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until(/No such container: nothing[^]*200 OK[^]*OK$/);
  socket.destroy();
});

test("a slow reader stops the program, and gets every byte", { skip }, async () => {
  const id = await makeExec("sh", "-c", "head -c 50000000 /dev/zero; echo >&2 done");
  const socket = connect({ path: daemon.socket, allowHalfOpen: true });
  await once(socket, "connect");
  socket.write(post(`/exec/${id}/start`, '{"Tty":false}'));
  await delay(300);
  const inspect = await open(`GET /exec/${id}/json HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.match(await inspect.until('"Running"'), /"Running":true/, "it waits for its reader");
  inspect.socket.destroy();
  let size = 0;
  for await (const chunk of socket) size += (chunk as Buffer).length;
  assert.ok(size > 50_000_000, `only ${size} bytes came`);
});

test("an answer before the body's end reaches a client that wants the connection closed", { skip }, async () => {
  const size = 32 << 20;
  for (const [path, answer] of [
    ["/images/load", /^HTTP\/1.1 200 [^]*"error"/],
    ["/build?remote=ftp://x/y", /^HTTP\/1.1 500 [^]*"message"/],
    ["/nothing", /^HTTP\/1.1 404 [^]*page not found/],
  ] as const) {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`;
    const { socket, until } = await open(head);
    const closed = once(socket, "end");
    // No archive, and more than sockets hold: the answer is there long before its end.
    for (let sent = 0; sent < size; sent += 1 << 20) {
      if (!socket.write(Buffer.alloc(1 << 20, "no tar "))) await once(socket, "drain");
    }
    await until(answer);
    await closed;
    socket.destroy();
  }
});
