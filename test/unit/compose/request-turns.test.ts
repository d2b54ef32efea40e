import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopShares } from "#engine/concurrency/loop-shares.ts";
import { HttpError } from "../../../server/daemon/http/http-status.ts";
import { RequestTurns } from "../../../server/compose/request-turns.ts";

const turns = (limits: { requests?: number; requestsAtOnce?: number }) =>
  new RequestTurns({ tenant: { limits }, share: new LoopShares().share() });

test("two are begun at once, the next when one is answered", async () => {
  const all = turns({ requestsAtOnce: 10 });
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: string[] = [];
  const request = (name: string, answer: Promise<void>) =>
    all.run(async () => {
      begun.push(name);
      await answer;
      return name;
    });
  const answers = [request("a", first.promise), request("b", second.promise), request("c", Promise.resolve())];
  first.resolve();
  assert.equal(await answers[2], "c");
  assert.deepEqual(begun, ["a", "b", "c"]);
  second.resolve();
  await Promise.all(answers);
  assert.equal(all.unanswered, 0);
});

test("what waits for long holds up nobody", async () => {
  const all = turns({ requestsAtOnce: 10 });
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const waiting = ends.map(({ promise }) => all.run(() => promise));
  assert.equal(await all.run(async () => "answered"), "answered");
  for (const { resolve } of ends) resolve();
  await Promise.all(waiting);
});

test("too many at once are refused with what to do, and a failure makes room again", async () => {
  const all = turns({ requestsAtOnce: 2 });
  const failing = Promise.withResolvers<void>();
  const two = [all.run(() => failing.promise), all.run(() => failing.promise)];
  await assert.rejects(
    all.run(async () => undefined),
    (error) =>
      error instanceof HttpError &&
      error.status === 429 &&
      error.headers["Retry-After"] === "1" &&
      /2 requests at once are allowed here.*wait for one/.test(error.message),
  );
  failing.reject(new Error("gone"));
  assert.deepEqual(
    (await Promise.allSettled(two)).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await all.run(async () => "again"), "again");
});

test("who has no limits waits for nobody", async () => {
  const all = turns({});
  const end = Promise.withResolvers<void>();
  let begun = 0;
  const many = Array.from({ length: 50 }, () => all.run(() => (begun++, end.promise)));
  assert.equal(begun, 50);
  end.resolve();
  await Promise.all(many);
});
