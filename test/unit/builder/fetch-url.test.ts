import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../../../server/engine/builder/ops/fetch-url.ts";
import { EngineError } from "../../../server/engine/errdefs/errors.ts";
import { anyAddress, publicAddressesOnly } from "../../../server/engine/network/address-rule.ts";
import { HttpClient } from "../../../server/engine/remotes/http-client.ts";
import { HttpUrlSource } from "../../../server/engine/remotes/url-source.ts";

const server = createServer((request, response) => {
  switch (request.url) {
    case "/file":
      response.writeHead(200, { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" }).end("content");
      return;
    case "/moved":
      response.writeHead(302, { location: "/file" }).end();
      return;
    case "/cut":
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
      return;
    default:
      response.writeHead(404).end("<html>a long page</html>");
  }
});
const directory = mkdtempSync(join(tmpdir(), "drydock-fetch-"));
const path = join(directory, "file");
const client = new HttpClient();
let origin = "";

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  client.close();
  server.close();
  rmSync(directory, { recursive: true });
});

function add(url: string, checksum?: string, rule = anyAddress) {
  writeFileSync(path, "");
  const urls = new HttpUrlSource(client, () => rule);
  return download(url, path, { urls, checksum, signal: new AbortController().signal, onProgress: () => {} });
}

const fails = (url: string, code: string, message: RegExp, checksum?: string) =>
  assert.rejects(add(url, checksum), (error) => {
    assert.ok(error instanceof EngineError);
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });

test("a file arrives with the time that the server says, by way of redirects", async () => {
  const { modified } = await add(`${origin}/moved`);
  assert.equal(readFileSync(path, "utf8"), "content");
  assert.equal(new Date(modified).toISOString(), "2015-10-21T07:28:00.000Z");
});

test("what goes wrong is told as ADD's, with what the server said and no page of its", async () => {
  await fails(`${origin}/none`, "not_found", /^ADD failed: http:\S+\/none: the server answered 404 Not Found$/);
  await fails(`${origin}/cut`, "unavailable", /^ADD failed: http:\S+\/cut: the connection broke: /);
  await fails("http://127.0.0.1:1/x", "unavailable", /^ADD failed: .*connect: connection refused$/);
  await fails("http://nowhere.invalid/x", "unavailable", /^ADD failed: .*nowhere\.invalid/);
  await fails(`${origin}/file`, "data_loss", /digest mismatch/, `sha256:${"0".repeat(64)}`);
});

test("an address that the policy closes is refused in the policy's words", async () => {
  await assert.rejects(add(`${origin}/file`, undefined, publicAddressesOnly), /^RuleRefusal: Reaching 127\.0\.0\.1 /);
});
