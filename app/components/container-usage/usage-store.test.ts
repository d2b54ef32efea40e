import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStats } from "../../../server/contract/container-views.ts";
import { historyLength, UsageStore } from "./usage-store.ts";
import type { Connection } from "../../lib/connection.ts";

test("what was measured stays while something else is shown, and goes after as long as it reaches back", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let measured: (samples: ContainerStats[]) => void = () => undefined;
  const calls: string[] = [];
  const follow = ((_: unknown, { onData }: { onData: typeof measured }) => {
    calls.push("follow");
    measured = onData;
    return () => calls.push("stop");
  }) as unknown as Connection["follow"];
  const usage = new UsageStore({ follow });
  const sample = (time: number): ContainerStats => ({ time, memory: 1, processes: 1, allowed: {} });
  const times = () => usage.history("c").value.map(({ time }) => time);

  const leave = usage.watch("c");
  measured([sample(1)]);
  leave();
  measured([sample(2)]);
  t.mock.timers.tick(60_000);
  const again = usage.watch("c");
  assert.deepEqual([times(), calls], [[1, 2], ["follow"]], "it went on without a gap");
  for (let time = 3; time < 500; time++) measured([sample(time)]);
  assert.equal(times().length, historyLength);
  again();
  t.mock.timers.tick(historyLength * 1000);
  assert.deepEqual([times(), calls], [[], ["follow", "stop"]]);
});
