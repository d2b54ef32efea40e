import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot();
const daemon = new Drydockd();
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
