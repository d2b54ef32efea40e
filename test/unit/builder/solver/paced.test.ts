import assert from "node:assert/strict";
import { test } from "node:test";
import { paced } from "../../../../server/engine/builder/solver/paced.ts";

test("an operation's time is its builds', but for what it waits for elsewhere; then it waits for its turn anew", async () => {
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const pace = {
    ready: async () => tell("ready")(),
    spend: async <T>(work: () => T): Promise<Awaited<T>> => {
      tell("spend")();
      return await work();
    },
  };
  const context = {
    signal: new AbortController().signal,
    output: (_stream: string, chunk: Buffer) => tell(chunk.toString())(),
    status: () => undefined,
    measure: () => undefined,
  };
  const result = await paced(pace, context, async (own) => {
    tell("prepares")();
    await own.aside(async () => {
      tell("runs")();
      await own.output("stdout", Buffer.from("says"));
    });
    tell("commits")();
    return 1;
  });
  assert.equal(result, 1);
  assert.deepEqual(told, ["prepares", "runs", "spend", "says", "ready", "commits"]);
  told.length = 0;
  const failing = paced(pace, context, (own) => own.aside(() => Promise.reject(new Error("no"))));
  await assert.rejects(failing, /^Error: no$/);
  assert.deepEqual(told, ["ready"], "also when it failed");
});
