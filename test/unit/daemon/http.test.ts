import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { App } from "../../../server/daemon/http/app.ts";
import { DetachKeys } from "../../../server/daemon/http/detach-keys.ts";
import { httpStatuses } from "../../../server/daemon/http/http-status.ts";
import { listenOnTcp, stopListening } from "../../../server/daemon/http/listen.ts";
import { headersTimeout, refusalOf } from "../../../server/daemon/http/refusals.ts";
import { Query } from "../../../server/daemon/http/query.ts";
import { empty } from "../../../server/daemon/http/reply.ts";
import { type Route, route } from "../../../server/daemon/http/route.ts";
import { Router } from "../../../server/daemon/http/router.ts";
import { wildcardMatches } from "../../../server/daemon/routes/images/select.ts";
import { parsePort } from "../../../server/daemon/translate/ports.ts";
import { humanDuration, isoTimeNano, parseDuration, parseTimestamp } from "../../../server/daemon/translate/time.ts";
import { NotFound } from "../../../server/engine/errdefs/errors.ts";

test("every error code of the engine has a status", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../server/engine/errdefs/errors.ts"), "utf8");
  const codes = [...source.slice(0, source.indexOf("export class")).matchAll(/\| "(\w+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 10);
  assert.deepEqual(new Set(codes), new Set(Object.keys(httpStatuses)));
});

test("booleans are read as dockerd reads them", () => {
  const bool = (text: string) => new Query(text).bool("x");
  for (const text of ["x=1", "x=true", "x=yes", "x=anything"]) assert.equal(bool(text), true, text);
  for (const text of ["", "x=", "x=0", "x=False", "x=no", "x=none"]) assert.equal(bool(text), false, text);
});

test("headers that do not come in time are told as late, not as wrong", async (t) => {
  const server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 });
  const late = new Promise<Error>((resolve) => void server.once("clientError", resolve));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1", () => client.write("GET / HTTP/1.1\r\n"));
  t.after(() => client.destroy());
  const { status, text } = refusalOf(await late);
  assert.equal(status, "408 Request Timeout");
  assert.ok(text.includes(`within ${headersTimeout / 1000} seconds`), text);
});

/** @returns a connection to an application of that route, and what of it the server keeps */
async function connected(t: TestContext, only: Route) {
  const app = new App({ routes: () => new Router([only]), serverName: "test", log: () => undefined });
  const server = app.server();
  const kept = new Set<Socket>();
  server.on("connection", (socket: Socket) => kept.add(socket));
  await listenOnTcp(server, { address: "127.0.0.1", port: 0 });
  t.after(() => stopListening(server));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.after(() => client.destroy());
  return { client, kept };
}

test("a connection that was to be taken over, time and again, gathers no listeners", async (t) => {
  const missing = route("POST", "/containers/{id}/attach", () => {
    throw new NotFound("No such container: nope");
  });
  const { client, kept } = await connected(t, missing);
  const asked = async () => {
    client.write("POST /containers/nope/attach HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    const [answer] = (await once(client, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 404 /);
    return [...kept].map((socket) => socket.eventNames().flatMap((name) => socket.listeners(name)).length);
  };
  await asked();
  const before = await asked();
  for (let n = 0; n < 50; n++) await asked();
  assert.deepEqual(await asked(), before);
});

test("who waits to be asked for a body is asked, also where another protocol is wished for", async (t) => {
  const read: string[] = [];
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`;
  for (const path of ["/exec/e/start", "/build"]) {
    const only = route("POST", path.replace("/e/", "/{id}/"), async ({ body }) => {
      read.push(await text(body));
      return empty(204);
    });
    const { client } = await connected(t, only);
    client.write(head(path));
    const answers: string[] = [];
    client.on("data", (data: Buffer) => answers.push(data.toString()));
    await once(client, "data");
    assert.match(answers.join(""), /^HTTP\/1\.1 100 Continue\r\n\r\n/, path);
    client.write("body");
    while (!answers.join("").includes("204")) await once(client, "data");
  }
  assert.deepEqual(read, ["body", "body"]);
});

test("detach keys are found across chunks, and what only began like them goes on", () => {
  const keys = new DetachKeys("ctrl-p,ctrl-q");
  const first = keys.feed(Buffer.from("ab\u0010"));
  assert.deepEqual([first.pass.toString(), first.detached], ["ab", false]);
  const second = keys.feed(Buffer.from("c\u0010"));
  assert.deepEqual([second.pass.toString(), second.detached], ["\u0010c", false]);
  const third = keys.feed(Buffer.from("\u0011d"));
  assert.deepEqual([third.pass.toString(), third.detached], ["", true]);
  const one = new DetachKeys("x").feed(Buffer.from("abxc"));
  assert.deepEqual([one.pass.toString(), one.detached], ["ab", true]);
  assert.throws(() => new DetachKeys("ctrl-"), /Invalid detach keys/);
});

test("times: timestamps, durations, ages", () => {
  assert.equal(parseTimestamp("1700000000.000000001"), 1_700_000_000_000_000_001n);
  assert.equal(parseTimestamp("2023-11-14T22:13:20Z"), 1_700_000_000_000_000_000n);
  assert.throws(() => parseTimestamp("yesterday"), /failed to parse/);
  assert.equal(isoTimeNano(1_700_000_000_000_000_001n), "2023-11-14T22:13:20.000000001Z");
  assert.equal(parseDuration("1h30m"), 5_400_000);
  assert.equal(parseDuration("-1.5h"), -5_400_000);
  assert.equal(parseDuration("soon"), undefined);
  const day = 86_400_000;
  assert.deepEqual(
    [0, 1000, 59_000, 60_000, 3_600_000, 40 * 3_600_000, 3 * day, 20 * day, 90 * day, 800 * day].map(humanDuration),
    [
      "Less than a second",
      "1 second",
      "59 seconds",
      "About a minute",
      "About an hour",
      "40 hours",
      "3 days",
      "2 weeks",
      "3 months",
      "2 years",
    ],
  );
});

test("ports and wildcards", () => {
  assert.deepEqual(parsePort("53/udp"), { port: 53, protocol: "udp" });
  assert.deepEqual(parsePort("80"), { port: 80, protocol: "tcp" });
  for (const bad of ["0", "65536/tcp", "80/dccp", "a"]) assert.throws(() => parsePort(bad), /invalid port/);
  assert.ok(wildcardMatches("busy*", "busybox"));
  assert.ok(wildcardMatches("a*c*e", "abcde"));
  assert.ok(!wildcardMatches("busy*", "busy/box"));
  assert.ok(!wildcardMatches("*x", "busybo"));
});
