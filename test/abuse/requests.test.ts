/** Bytes on the attacker's socket that no client sends: whatever they are, drydockd goes on for the others. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();

const host = "Host: x\r\n";
const plain = (line: string) => `${line} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`;
const takesOver = (line: string, protocol = "tcp", more = "") =>
  `${line} HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${more}Content-Length: 0\r\n\r\n`;
const missing = takesOver("POST /containers/nope/attach");
const badKey = "Sec-WebSocket-Key: bad\r\nSec-WebSocket-Version: 13\r\n";

const sent: readonly [what: string, bytes: string][] = [
  ["a connection is taken over while an answer without end is under way", plain("GET /events") + missing],
  ["the same while a container is waited for", plain("POST /containers/cell/wait") + missing],
  ["the same, of what is there", plain("GET /events") + takesOver("POST /containers/cell/attach?stream=1&stdout=1")],
  ["the same behind many short ones", plain("GET /_ping").repeat(20) + missing],
  ["a connection is taken over twice", missing + missing],
  [
    "a websocket without a key behind an answer",
    plain("GET /events") + takesOver("GET /containers/cell/attach/ws", "websocket", badKey),
  ],
  ["a tunnel", plain("CONNECT x:1") + plain("GET /events")],
];

describe("requests of no client's", { skip }, () => {
  for (const [what, bytes] of sent) {
    test(`${what}: it ends that connection at most`, async () => {
      const connection = connect(stage.attacker.socket).on("error", () => undefined);
      await once(connection, "connect");
      connection.write(bytes);
      // Answered behind it, on another: all has been read by then.
      for (let tries = 0; tries < 3; tries++) assert.equal((await stage.api("GET", "/info")).status, 200);
      connection.destroy();
      await stage.works();
    });
  }
});
