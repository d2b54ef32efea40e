import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedWork } from "../../../server/engine/remotes/shared-work.ts";

test("work may report before it waits for anything", async () => {
  const heard: string[] = [];
  const work = new SharedWork<number, string>();
  const result = await work.run("k", { onProgress: (line) => heard.push(line) }, (_signal, report) => {
    report("begun");
    return Promise.resolve(7);
  });
  assert.equal(result, 7);
  assert.deepEqual(heard, ["begun"]);
});

test("callers share one run; the last to leave cancels it", async () => {
  const work = new SharedWork<string, never>();
  let runs = 0;
  let cancelled = false;
  const forever = (signal: AbortSignal) => {
    runs++;
    return new Promise<string>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        cancelled = true;
        reject(new Error("aborted"));
      });
    });
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const both = [work.run("k", { signal: first.signal }, forever), work.run("k", { signal: second.signal }, forever)];
  first.abort();
  await assert.rejects(both[0] as Promise<string>, /cancelled/);
  assert.equal(cancelled, false);
  second.abort();
  await assert.rejects(both[1] as Promise<string>, /cancelled/);
  assert.deepEqual({ runs, cancelled }, { runs: 1, cancelled: true });
});

test("cancelAll waits for what was cancelled to clean up", async () => {
  const work = new SharedWork<void, never>();
  let cleaned = false;
  const waiting = work.run("k", {}, async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    cleaned = true;
    throw signal.reason;
  });
  const outcome = assert.rejects(waiting, /the end/);
  await new Promise((resolve) => setImmediate(resolve));
  await work.cancelAll(new Error("the end"));
  assert.equal(cleaned, true);
  await outcome;
});
