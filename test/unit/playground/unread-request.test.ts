import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { explainUnread } from "../../../server/playground/http/unread-request.ts";

const server = createServer((_, response) => response.end("hello"));
explainUnread(server);
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

async function send(bytes: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}
const withHeader = (header: string) => `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${header}\r\n\r\n`;

test("a browser full of cookies is told so, and which one to keep, however many there are", async () => {
  const cookies = (count: number) => withHeader(`cookie: ${`c=${"x".repeat(4_000)}; `.repeat(count)}`);
  for (const count of [5, 180]) {
    const answer = await send(cookies(count));
    assert.match(answer, /^HTTP\/1.1 431 [^]*\r\n\r\n.*cookies.*"drydock"/);
    assert.match(answer, /\r\ncache-control: no-store\r\n/);
  }
  assert.match(await send(cookies(1)), /^HTTP\/1.1 200 /);
});

test("what is no request is refused in a word, and behind an answer not at all", async () => {
  assert.match(await send("nonsense\r\n\r\n"), /^HTTP\/1.1 400 Bad Request\r\n/);
  const chunked = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
  const answer = await send(`${chunked}2;${"x".repeat(30_000)}\r\n`);
  assert.ok(answer.startsWith("HTTP/1.1 "), answer);
});
