import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import type { LoggedRequest } from "../../../server/contract/request-log.ts";
import { readJson } from "../../../server/daemon/http/body.ts";
import { Query } from "../../../server/daemon/http/query.ts";
import { redact, redactQuery } from "../../../server/daemon/http/redact.ts";
import { empty, json } from "../../../server/daemon/http/reply.ts";
import { RequestLog } from "../../../server/daemon/http/request-log.ts";
import type { Call, Handler } from "../../../server/daemon/http/route.ts";
import { NotFound } from "../../../server/engine/errdefs/errors.ts";
import { z } from "zod";

function callOf(method: string, path: string, { query = "", headers = {}, body = "" } = {}): Call {
  return {
    method,
    path,
    params: {},
    query: new Query(query),
    headers: { "user-agent": "Docker-Client/28.2.2 (linux)", "content-length": String(body.length), ...headers },
    version: { major: 1, minor: 41 },
    signal: new AbortController().signal,
    body: Readable.from(body === "" ? [] : [Buffer.from(body)], { objectMode: false }),
  };
}

async function ask(log: RequestLog, call: Call, handle: Handler = () => empty()): Promise<void> {
  const [route] = log.watched([{ method: "GET", path: "/", handle }]);
  await route?.handle(call);
}

async function readAll(log: RequestLog, from = 0): Promise<LoggedRequest[]> {
  const stop = new AbortController();
  const found: LoggedRequest[] = [];
  const reading = (async () => {
    for await (const request of log.read(from, stop.signal)) found.push(request);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await reading;
  return found;
}

const jsonType = { "content-type": "application/json" };

describe("the log of requests", () => {
  it("tells what was asked, by whom, and what came of it", async () => {
    const log = new RequestLog();
    const body = JSON.stringify({ Image: "busybox", Env: ["A=1"] });
    const call = callOf("POST", "/containers/create", { query: "name=web", headers: jsonType, body });
    let read: unknown;
    await ask(log, call, async (seen) => {
      read = await readJson(seen, z.record(z.string(), z.unknown()));
      return json({ Id: "x" }, 201);
    });
    const [told] = await readAll(log);
    assert.deepEqual(read, { Image: "busybox", Env: ["A=1"] });
    assert.ok(told !== undefined && told.duration >= 0);
    const { seq, method, path, client, status } = told;
    assert.deepEqual(
      { seq, method, path, client, status, body: told.body },
      {
        seq: 0,
        method: "POST",
        path: "/v1.41/containers/create?name=web",
        client: "Docker-Client/28.2.2 (linux)",
        status: 201,
        body,
      },
    );
  });

  it("tells of a refusal why, and passes it on", async () => {
    const log = new RequestLog();
    const refuse = () => {
      throw new NotFound("No such container: x");
    };
    await assert.rejects(ask(log, callOf("POST", "/containers/x/start"), refuse), /No such container/);
    const [told] = await readAll(log);
    assert.deepEqual([told?.status, told?.error], [404, "No such container: x"]);
  });

  it("keeps no header, no body with credentials, and nothing that is named a secret", async () => {
    const log = new RequestLog();
    const login = JSON.stringify({ username: "ada", password: "hunter2" });
    const secret = Buffer.from(login).toString("base64");
    await ask(log, callOf("POST", "/auth", { headers: jsonType, body: login }));
    await ask(log, callOf("POST", "/images/create", { query: "fromImage=a", headers: { "x-registry-auth": secret } }));
    const create = JSON.stringify({ Image: "a", Env: ["DB_PASSWORD=hunter2"], Cmd: ["sh", "-c", "TOKEN=hunter2 run"] });
    await ask(log, callOf("POST", "/containers/create", { headers: jsonType, body: create }), async (call) => {
      await readJson(call, z.unknown());
      return empty();
    });
    const args = encodeURIComponent(JSON.stringify({ NPM_TOKEN: "hunter2", VERSION: "1" }));
    await ask(
      log,
      callOf("POST", "/build", { query: `buildargs=${args}&remote=https%3A%2F%2Fada%3Ahunter2%40x%2Fy.git` }),
    );
    const told = await readAll(log);
    assert.equal(told.length, 4);
    const text = decodeURIComponent(JSON.stringify(told));
    assert.ok(!text.includes("hunter2") && !text.includes(secret), text);
    assert.equal(told[0]?.bodyOmitted, true);
    assert.match(text, /VERSION/);
  });

  it("says nothing of what the page repeats by itself, of typing, and of what is read to be shown", async () => {
    const log = new RequestLog();
    await ask(log, callOf("GET", "/containers/json", { headers: { "x-drydock-quiet": "1" } }));
    await ask(log, callOf("POST", "/drydock/v1/terminals/t/input"));
    await ask(log, callOf("GET", "/drydock/v1/builds"));
    await ask(log, callOf("POST", "/containers/x/resize"));
    assert.deepEqual(await readAll(log), []);
    await ask(log, callOf("POST", "/drydock/v1/builds"));
    assert.equal((await readAll(log)).length, 1);
  });

  it("keeps the latest, and goes on from a number", async () => {
    const log = new RequestLog();
    for (let index = 0; index < 500; index++) await ask(log, callOf("GET", "/info"));
    const told = await readAll(log);
    assert.ok(told.length <= 300);
    assert.equal(told.at(-1)?.seq, 499);
    assert.deepEqual(
      (await readAll(log, 498)).map(({ seq }) => seq),
      [498, 499],
    );
    assert.equal((await readAll(log, 9999)).length, told.length, "a number from before a restart begins anew");
  });

  it("wakes a reader for each that comes", async () => {
    const log = new RequestLog();
    const stop = new AbortController();
    const reader = log.read(0, stop.signal);
    const first = reader.next();
    await ask(log, callOf("GET", "/version"));
    assert.equal((await first).value?.path, "/v1.41/version");
    stop.abort();
    assert.equal((await reader.next()).done, true);
  });
});

describe("leaving secrets out", () => {
  it("leaves switches, numbers and ordinary values", () => {
    const value = { AuthEnabled: true, TokenCount: 3, Labels: { api_key: "k", app: "web" }, List: ["PATH=/bin"] };
    assert.deepEqual(redact(value), { ...value, Labels: { api_key: "…", app: "web" } });
  });

  it("hides all of a parameter that looks like JSON and is none", () => {
    assert.equal(new URLSearchParams(redactQuery(new URLSearchParams({ buildargs: "{broken" }))).get("buildargs"), "…");
  });

  it("takes no longer for what is made to take long, and holds a part of it alone", { timeout: 240_000 }, async () => {
    const dots = "a.".repeat(500_000);
    assert.equal(redactQuery(new URLSearchParams({ q: dots })), `q=${dots}`);
    assert.equal(redact(`${dots}=x`), `${dots}=x`);
    assert.equal(redact(`${dots}password=x`), `${dots}password=…`);
    assert.equal(redact(`${dots}://name:secret@host`), `${dots}://…@host`);
    assert.deepEqual(redact(["1.password=x", "git+https://a:b@c", "x (https://u:p@h/)"]), [
      "1.password=…",
      "git+https://…@c",
      "x (https://…@h/)",
    ]);
  });
});
