import assert from "node:assert/strict";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { missing, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the server's edge", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const ask = (path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number;
      text: string;
      headers: IncomingMessage["headers"];
    }>();
    const headers = { host: `localhost:${harness.port}`, ...options.headers };
    const outgoing = request(
      { port: harness.port, host: "127.0.0.1", path, method: options.method ?? "GET", headers },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(options.body);
    return promise;
  };
  const own = (): Record<string, string> => ({ origin: harness.url });
  const session = async (): Promise<{ cookie: string; id: string }> => {
    const answer = await ask("/api/workspaces/open", { method: "POST", headers: own(), body: "{}" });
    const cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    return { cookie, id: (JSON.parse(answer.text) as { id: string }).id };
  };

  it("refuses changes that come from another origin", async () => {
    const { cookie, id } = await session();
    for (const origin of ["http://evil.example", "null", `http://x.localhost:${harness.port}`, "http://localhost"]) {
      const answer = await ask(`/api/w/${id}/directory?path=x`, { method: "POST", headers: { cookie, origin } });
      assert.equal(answer.status, 403, origin);
    }
    const headers = { cookie, "sec-fetch-site": "cross-site" };
    assert.equal((await ask(`/api/w/${id}/builds`, { method: "POST", headers, body: "{}" })).status, 403);
  });

  it("answers to known names only", async () => {
    assert.equal((await ask("/", { headers: { host: "evil.example" } })).status, 421);
    assert.equal((await ask("/", { headers: { host: "127.0.0.1:80" } })).status, 200);
    const preview = await ask("/", { headers: { host: `80-0123456789ab.localhost:${harness.port}` } });
    assert.equal(preview.status, 403);
    assert.ok(!preview.text.includes("_next"));
    assert.equal((await ask("/", { headers: { host: `x.localhost:${harness.port}` } })).status, 404);
  });

  it("shows a workspace to its own session only", async () => {
    const [mine, theirs] = [await session(), await session()];
    assert.equal((await ask(`/api/w/${mine.id}/files`, { headers: { cookie: mine.cookie } })).status, 200);
    for (const cookie of [theirs.cookie, "", `${mine.cookie}x`, `${mine.cookie}; ${theirs.cookie}`]) {
      assert.equal((await ask(`/api/w/${mine.id}/files`, { headers: { cookie } })).status, 404, cookie);
    }
  });

  it("lets no socket in from elsewhere", async () => {
    const path = "/socket.io/?EIO=4&transport=polling";
    assert.equal((await ask(path, { headers: { origin: "http://evil.example" } })).status, 403);
    assert.equal((await ask(path, { headers: { host: "evil.example" } })).status, 403);
    assert.equal((await ask(path, { headers: own() })).status, 200);
  });

  it("sends a learner's file as nothing a browser would run", async () => {
    const { cookie, id } = await session();
    const { headers } = await ask(`/api/w/${id}/file?path=index.html`, { headers: { cookie } });
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.match(headers["content-disposition"] ?? "", /^attachment/);
    assert.match(String(headers["content-security-policy"]), /sandbox/);
  });

  it("refuses what is malformed in words", async () => {
    const { cookie, id } = await session();
    const headers = { cookie, ...own() };
    const bad = await ask(`/api/w/${id}/builds`, { method: "POST", headers, body: '{"contextPath":"../x","tags":[]}' });
    assert.equal(bad.status, 400);
    assert.match(bad.text, /contextPath: must lie within the workspace/);
    assert.equal((await ask(`/api/w/${id}/builds`, { method: "POST", headers, body: "{" })).status, 400);
    assert.equal((await ask("/api/nothing")).status, 404);
    assert.equal((await ask("/w/NoSuchName")).status, 404);
    assert.equal((await ask("/api/status", { method: "DELETE", headers })).status, 405);
  });

  it("has a policy that lets scripts in by nonce only", async () => {
    const { headers } = await ask("/");
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
    assert.ok(!/script-src[^;]*unsafe/.test(policy));
    assert.match(policy, /frame-ancestors 'none'/);
  });
});
