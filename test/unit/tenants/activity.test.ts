import assert from "node:assert/strict";
import { test } from "node:test";
import { Activity } from "#engine/tenants/activity.ts";
import { IdleWatch } from "../../../server/compose/idle-watch.ts";

const [minute, hour] = [60_000, 3_600_000];

test("who is not active for as long as the limit says is told ten minutes before, and stopped once", async () => {
  const limits: { idleHours?: number } = {};
  const activity = new Activity({ limits }, 0);
  const told: string[] = [];
  const tellsOf = () => told.map((text) => text.slice(0, 7));
  const watch = new IdleWatch(() => {});
  const stop = () => Promise.resolve(void told.push("stopped"));
  watch.add("ada", { activity, isRunning: () => true, warn: (text) => told.push(text), stop });
  await watch.look(100 * hour);
  assert.deepEqual(tellsOf(), [], "without a limit never");
  limits.idleHours = 4;
  activity.note(100 * hour);
  await watch.look(104 * hour - 11 * minute);
  assert.deepEqual(tellsOf(), []);
  await watch.look(104 * hour - 9 * minute);
  await watch.look(104 * hour - 8 * minute);
  assert.equal(tellsOf().length, 1);
  assert.match(told[0] ?? "", /in 9 minutes containers are stopped, files are kept/);
  activity.note(104 * hour - 7 * minute);
  await watch.look(104 * hour + minute);
  assert.equal(tellsOf().length, 1, "activity puts it off");
  await watch.look(109 * hour);
  await watch.look(110 * hour);
  assert.deepEqual(tellsOf(), ["Nobody ", "Nobody ", "stopped"]);
  watch.close();
});
