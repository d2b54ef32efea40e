/** Bytes on the attacker's socket that no client sends, or not so many of: drydockd goes on for the others, and holds little of them. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { archive } from "../fakes/archives.ts";
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

/** drydockd's own memory, whatever the attacker asks; bytes. */
const mostMemory = 640 * 1024 ** 2;

describe("requests that are made to hold drydockd up, or to fill it", { skip }, () => {
  const settled = async () => {
    await stage.works();
    assert.ok(stage.engine.residentBytes() < mostMemory, `${stage.engine.residentBytes()} bytes`);
  };
  /** Sent and never answered; the function lets go of them. */
  const begun = async (count: number, bytes: () => (string | Uint8Array)[]): Promise<() => void> => {
    const connections = await Promise.all(
      Array.from({ length: count }, async () => {
        const connection = connect(stage.attacker.socket).on("error", () => undefined);
        connection.resume();
        await once(connection, "connect");
        const over = new AbortController();
        connection.on("close", () => over.abort());
        for (const piece of bytes()) {
          if (connection.write(piece)) continue;
          await Promise.race([once(connection, "drain", { signal: over.signal }), delay(2_000)]).catch(() => undefined);
        }
        return connection;
      }),
    );
    return () => connections.forEach((connection) => connection.destroy());
  };

  test("a Dockerfile of a megabyte of spaces: built, and checked while it is written", async () => {
    const text = `FROM debian\nLABEL a=b${" ".repeat(1_000_000)}c=d\nRUN rm ${"rm ".repeat(300_000)}\n`;
    const building = stage.build("spaces", text);
    await stage.works();
    await building;
    assert.equal((await stage.api("POST", "/drydock/v1/checks", { text })).status, 200);
    await settled();
  });

  test("an address of half a million dots", async () => {
    assert.equal((await stage.api("GET", `/containers/json?a=${"a.".repeat(250_000)}`)).status, 200);
    await settled();
  });

  test("execs of three megabytes that nobody starts", async () => {
    const Env = [`a=${"x".repeat(3_000_000)}`];
    for (let n = 0; n < 300; n++) {
      assert.equal((await stage.api("POST", "/containers/cell/exec", { Cmd: ["true"], Env })).status, 201);
    }
    await settled();
  });

  test("commands of three megabytes, which events tell of", async () => {
    const Cmd = ["true", "x".repeat(3_000_000)];
    for (let n = 0; n < 300; n++) {
      assert.equal((await stage.api("POST", "/containers/cell/exec", { Cmd })).status, 201);
    }
    await settled();
  });

  test("docker top of three hundred processes, each with megabytes of arguments that are there once", async () => {
    const start = 'ulimit -s unlimited; exec perl -e "$0" $(perl -e \'print "x" x 131000, " " for 1..15\')';
    const fork = "$| = 1; for (1..300) { fork or sleep 1000 } print qq(begun\\n); sleep 1000";
    const { attacker, engine } = stage;
    engine.good(await attacker.docker("run", "-d", "--name", "talkers", "debian", "sh", "-c", start, fork));
    let said = "";
    for (let tries = 0; said === "" && tries < 300; tries++) {
      await delay(100);
      said = (await attacker.docker("logs", "talkers")).stdout;
    }
    assert.match(said, /begun/);
    const { status, text } = await stage.api("GET", "/containers/talkers/top");
    assert.equal(status, 200, text.slice(0, 200));
    assert.match(text, /"perl -e \$\| = 1; for \(1\.\.300\)/);
    assert.ok(text.length < 64 * 1024 ** 2, `${text.length} bytes`);
    await settled();
    engine.good(await attacker.docker("rm", "-f", "talkers"));
  });

  test("files of /etc of a hundred gigabytes of nothing, which who shares the network gets, too", async () => {
    const { attacker, engine } = stage;
    for (const size of ["300M", "100G"]) {
      const enlarge = `truncate -s ${size} /etc/hosts /etc/resolv.conf /etc/hostname`;
      engine.good(await stage.inside(enlarge));
      const joined = ["run", "--rm", "--network", "container:cell", "debian", "stat", "-c", "%s", "/etc/hosts"];
      const bytes = Number(engine.good(await attacker.docker(...joined)));
      assert.ok(bytes <= 8 * 1024 ** 2, `${bytes} bytes were read and written for ${size}`);
      const step = archive({
        name: "Dockerfile",
        content: "FROM debian\nRUN echo of $(stat -c %s /etc/hosts) bytes\n",
      });
      const { text } = await stage.upload("POST", "/build?nocache=1&networkmode=container:cell", step);
      assert.ok(Number(/of (\d+) bytes/.exec(text)?.[1]) <= 8 * 1024 ** 2, text);
    }
    engine.good(await stage.inside("truncate -s 0 /etc/hosts /etc/resolv.conf /etc/hostname"));
    await settled();
  });

  test("labels by the hundred thousand, which would be kept", async () => {
    const Labels = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`${n}`, ""]));
    for (const [path, body] of [
      ["/containers/create", { Image: "debian", Labels }],
      ["/volumes/create", { Name: "labels", Labels }],
      ["/networks/create", { Name: "labels", Labels }],
    ] as const) {
      const { status, text } = await stage.api("POST", path, body);
      assert.ok(status === 400 || status === 413, `${path}: ${status} ${text.slice(0, 100)}`);
    }
    await settled();
  });

  test("files of thirty megabytes that never come whole", async () => {
    const head = `PUT /drydock/v1/workspace/file?path=x HTTP/1.1\r\n${host}Content-Length: 31000000\r\n\r\n`;
    const letGo = await begun(60, () => [head, ...Array.from({ length: 30 }, () => Buffer.alloc(1_000_000))]);
    await settled();
    letGo();
  });

  test("bodies of single bytes that nobody reads", async () => {
    const head = `POST /containers/cell/wait HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    const letGo = await begun(100, () => [head, "1\r\nx\r\n".repeat(250_000)]);
    await settled();
    letGo();
  });
});
