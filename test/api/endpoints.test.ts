import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect, inject, upgrade } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

/** Method and path of every operation of the Docker Engine API 1.50. */
const endpoints = JSON.parse(readFileSync(join(import.meta.dirname, "engine-api-1.50-endpoints.json"), "utf8")) as [
  string,
  string,
][];

/** Streams without an end of their own. */
const endless = new Set(["GET /events"]);

test("every documented endpoint is routed: none answers `page not found`", async () => {
  const { app, logged } = makeApp(new Twin("alone"));
  for (const [method, path] of endpoints.filter(([method, path]) => !endless.has(`${method} ${path}`))) {
    const answer = await inject(app, { method, path: `/v1.50${path.replaceAll(/\{\w+\}/g, "nothing")}` });
    assert.doesNotMatch(answer.text, /page not found/, `${method} ${path}`);
    if (answer.status >= 400 && method !== "HEAD") {
      // Of a connection that is given away an error is plain text.
      const isJson = answer.headers["content-type"]?.startsWith("application/json") === true;
      const message = isJson ? (answer.json as { message: string }).message : answer.text;
      assert.ok(message.length >= "EOF".length, `${method} ${path} explains its ${answer.status}`);
    }
  }
  assert.deepEqual(logged, [], "nothing failed in the daemon itself");
});

test("unknown routes and methods are not found, in dockerd's words", async () => {
  const { app } = makeApp(new Twin("alone"));
  for (const [method, path] of [
    ["GET", "/nonsense"],
    ["GET", "/v1.44/containers"],
    ["DELETE", "/info"],
    ["POST", "/v1.44/"],
    ["PUT", "/v1.41/volumes/x"],
  ] as const) {
    const answer = await inject(app, { method, path });
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.json, { message: "page not found" });
  }
});

test("versions: unversioned is the newest, out of range is refused in dockerd's words", async () => {
  const { app } = makeApp(new Twin("alone"));
  for (const path of ["/_ping", "/v1.24/_ping", "/v1.50/_ping"]) {
    const answer = await inject(app, { path });
    assert.equal(answer.text, "OK");
    assert.equal(answer.headers["api-version"], "1.50");
    assert.equal(answer.headers["ostype"], "linux");
    assert.equal(answer.headers["builder-version"], "1");
    assert.equal(answer.headers["docker-experimental"], "false");
  }
  const old = await inject(app, { path: "/v1.11/info" });
  assert.equal(old.status, 400);
  assert.match(old.text, /client version 1.11 is too old. Minimum supported API version is 1.12/);
  const young = await inject(app, { path: "/v1.51/info" });
  assert.equal(young.status, 400);
  assert.match(young.text, /client version 1.51 is too new. Maximum supported API version is 1.50/);
});

test("HEAD /_ping has the headers and no body", async () => {
  const { app } = makeApp(new Twin("alone"));
  const answer = await inject(app, { method: "HEAD", path: "/_ping" });
  assert.equal(answer.status, 200);
  assert.equal(answer.text, "");
  assert.equal(answer.headers["api-version"], "1.50");
});

test("clients are sent to a path's shortest form, and those of before 1.24 read errors as text", async () => {
  const { app } = makeApp(new Twin("alone"));
  for (const [path, location] of [
    ["/v1.41//containers/json?all=1", "/v1.41/containers/json?all=1"],
    ["/containers/a%2F..%2Fb/json", "/containers/b/json"],
    ["/v1.41/containers/a%20b%2F/json", "/v1.41/containers/a%20b/json"],
  ] as const) {
    const answer = await inject(app, { path });
    assert.equal(answer.status, 301);
    assert.equal(answer.headers["location"], location);
  }
  const old = await inject(app, { path: "/v1.23/containers/nothing/json" });
  assert.equal(old.status, 404);
  assert.equal(old.headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(old.text, "No such container: nothing\n");
  assert.equal((await inject(app, { method: "OPTIONS", path: "/v1.41/anything" })).status, 200);
});

test("a session is left open also for those who send it in chunks; a body that is read has a length", async () => {
  const { app } = makeApp(new Twin("alone"));
  const headers = { Upgrade: "h2c", "Transfer-Encoding": "chunked" };
  const { response, socket } = await upgrade(app, { method: "POST", path: "/session", headers });
  assert.equal(response.statusCode, 101);
  assert.equal(response.statusMessage, "Switching Protocols");
  assert.equal(response.headers.upgrade, "h2c");
  socket.destroy();
  const exec = { method: "POST", path: "/exec/x/start", headers: { ...headers, Connection: "Upgrade" } };
  const refused = await inject(app, exec);
  assert.equal(refused.status, 411);
});

test("networks are listed with a slash behind them, too", async () => {
  const { app } = makeApp(new Twin("alone"));
  assert.deepEqual((await inject(app, { path: "/v1.41/networks/" })).json, []);
});

test("a client that asks for BuildKit is told that there is none, and what to do", async () => {
  const { app } = makeApp(new Twin("alone"));
  const build = await inject(app, { method: "POST", path: "/build?version=2&session=x&remote=client-session" });
  assert.equal(build.status, 501);
  assert.match(build.text, /remote.*there is no BuildKit here, build with DOCKER_BUILDKIT=0"/);
  const headers = { Upgrade: "h2c", Connection: "Upgrade" };
  const grpc = await inject(app, { method: "POST", path: "/grpc", headers });
  assert.equal(grpc.status, 501);
  assert.deepEqual(grpc.json, {
    message: "BuildKit is not implemented in this engine: build with DOCKER_BUILDKIT=0",
  });
  // A `Connection` that names it is not asked for.
  const connection = connect(app);
  connection.write("POST /session HTTP/1.1\r\nHost: d\r\nUpgrade: h2c\r\n\r\n");
  const [answer] = (await once(connection, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  connection.destroy();
  // dockerd's words to those who ask for something else, or for nothing.
  const plain = { "/grpc": 500, "/session": 400 };
  for (const [path, status] of Object.entries(plain)) {
    const answer = await inject(app, { method: "POST", path });
    assert.equal(answer.status, status);
    assert.deepEqual(answer.json, { message: "no upgrade proto in request" });
    const tcp = await inject(app, { method: "POST", path, headers: { ...headers, Upgrade: "tcp" } });
    assert.equal(tcp.status, status);
    assert.deepEqual(tcp.json, { message: "protocol tcp not supported" });
  }
});
