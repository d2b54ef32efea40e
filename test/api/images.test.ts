import assert from "node:assert/strict";
import { test } from "node:test";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

test("pull streams progress; an error before it is a status, after it the last line", async () => {
  const twin = new Twin("alone");
  const { app } = makeApp(twin);
  const pull = (name: string) => inject(app, { method: "POST", path: `/images/create?fromImage=${name}&tag=latest` });
  const good = await pull("busybox");
  assert.equal(good.status, 200);
  const lines = good.text
    .trim()
    .split("\r\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(lines[1]?.["progressDetail"], { current: 5, total: 10 });
  assert.equal(twin.images.size, 1);
  const missing = await pull("missing");
  assert.equal(missing.status, 404);
  assert.deepEqual(missing.json, { message: "pull access denied for missing:latest" });
  const broken = await pull("broken");
  assert.equal(broken.status, 200);
  assert.deepEqual(JSON.parse(broken.text.trim().split("\r\n").at(-1) ?? ""), {
    errorDetail: { message: "layer of broken:latest is gone" },
    error: "layer of broken:latest is gone",
  });
});

test("image names with slashes reach their routes", async () => {
  const twin = new Twin("alone");
  twin.addImage("localhost:5000/team/app:v1");
  const { app } = makeApp(twin);
  const name = "localhost:5000/team/app:v1";
  for (const path of [`/images/${name}/json`, `/images/${encodeURIComponent(name)}/json`]) {
    assert.equal((await inject(app, { path })).status, 200, path);
  }
  const tagged = await inject(app, { method: "POST", path: `/images/${name}/tag?repo=other/app&tag=v2` });
  assert.equal(tagged.status, 201);
  const removed = await inject(app, { method: "DELETE", path: `/images/${name}` });
  assert.deepEqual((removed.json as object[])[0], { Untagged: name });
});

test("events stream with exact nanoseconds", async () => {
  const twin = new Twin("alone");
  const { app } = makeApp(twin);
  twin.events.publish({ type: "container", action: "start", actor: { id: "abc", attributes: { image: "busybox" } } });
  const until = Date.now() / 1000 + 1;
  const answer = await inject(app, { path: `/events?since=1&until=${until.toFixed(3)}` });
  const event = JSON.parse(answer.text.trim()) as Record<string, unknown>;
  assert.equal(event["status"], "start");
  assert.equal(event["from"], "busybox");
  assert.match(answer.text, /"timeNano":\d{19}\b/);
});
