import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { StartTurns } from "#engine/concurrency/start-turns.ts";

/** Starts that end when they are told to. */
function starts(turns: StartTurns) {
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  const start = (tenant: string, name: string) =>
    turns.run(tenant, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return name;
    });
  return { begun, ends, start };
}

/** What can begin without an end of something else has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("alone, one may start as much at once as it likes", async () => {
  const { begun, ends, start } = starts(new StartTurns(1));
  const all = ["a", "b", "c"].map((name) => start("one", name));
  await settled();
  assert.deepEqual(begun, ["a", "b", "c"]);
  ends.forEach((end) => end());
  assert.deepEqual(await Promise.all(all), ["a", "b", "c"]);
});

test("beside others its starts are one after the other, and the others' wait for none of them", async () => {
  const { begun, ends, start } = starts(new StartTurns(1));
  const all = [start("two", "theirs"), ...["a", "b", "c"].map((name) => start("one", name))];
  await settled();
  assert.deepEqual(begun, ["theirs", "a"]);
  ends[1]?.();
  await all[1];
  await settled();
  assert.deepEqual(begun, ["theirs", "a", "b"]);
  ends[2]?.();
  await all[2];
  await settled();
  ends.forEach((end) => end());
  assert.deepEqual(await Promise.all(all), ["theirs", "a", "b", "c"]);
});

test("a start that failed or waits for long holds up no other", async () => {
  const turns = new StartTurns(1);
  const stuck = Promise.withResolvers<void>();
  void turns.run("two", () => delay(1));
  const first = assert.rejects(
    turns.run("one", () => Promise.reject(new Error("no such program"))),
    /no such program/,
  );
  const second = turns.run("one", () => stuck.promise);
  assert.equal(await turns.run("one", async () => "third"), "third");
  await first;
  stuck.resolve();
  await second;
});
