import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, test } from "node:test";
import { openDatabase } from "../../../server/playground/database/database.ts";
import { Router, type Route } from "../../../server/playground/http/router.ts";

/** What a request is answered whose route throws this. */
async function answerTo(work: () => Promise<unknown>): Promise<{ status: number; message: string }> {
  const handle = async () => void (await work());
  const router = new Router([{ method: "GET", pattern: "/work", access: "anyone", handle }], async () => {});
  const server = createServer((request, response) => void router.serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/work`);
    return { status: answer.status, ...((await answer.json()) as { message: string }) };
  } finally {
    server.close();
  }
}

test("a full disk under the database is told as that", async () => {
  const directory = mkdtempSync(join(tmpdir(), "drydock-full-"));
  const database = await openDatabase(`file:${join(directory, "a.db")}`);
  after(async () => {
    await database.$disconnect();
    rmSync(directory, { recursive: true });
  });
  // SQLite says SQLITE_FULL past this size, as on a full disk; it takes the least that holds what is there.
  await database.$queryRawUnsafe("PRAGMA max_page_count = 1");
  const { status, message } = await answerTo(async () => {
    for (let count = 0; count < 100; count++) {
      const id = String(count);
      await database.snippet.create({ data: { id, title: "large", content: "x".repeat(100_000) } });
    }
  });
  assert.equal(status, 507);
  assert.match(message, /disk .*is full.*try again/);
});

test("a full disk under a file is told as that, also as the cause of another error", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  assert.equal((await answerTo(() => Promise.reject(full))).status, 507);
  assert.equal((await answerTo(() => Promise.reject(new Error("not kept", { cause: full })))).status, 507);
});

test("any other mistake tells nothing of the server", async () => {
  const { status, message } = await answerTo(() => Promise.reject(new Error("secret of /var/lib")));
  assert.deepEqual({ status, message }, { status: 500, message: "Something went wrong on the server." });
});

test("a reader who leaves before or while the answer comes is no failure of the server's", async (t) => {
  const logged = t.mock.method(console, "error", () => {});
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const handle: Route["handle"] = async ({ response }) => {
    response.once("close", () => left.resolve());
    started.resolve();
    await left.promise;
    await pipeline(Readable.from(["late"]), response);
  };
  const router = new Router([{ method: "GET", pattern: "/work", access: "anyone", handle }], async () => {});
  const server = createServer((request, response) => void router.serve(request, response).then(ended.resolve));
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const reader = new AbortController();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
  const refused = assert.rejects(fetch(url, { signal: reader.signal }), { name: "AbortError" });
  await started.promise;
  reader.abort();
  await Promise.all([refused, ended.promise]);
  assert.equal(logged.mock.callCount(), 0);
});
