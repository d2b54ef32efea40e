import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageHistory } from "../../../server/compose/usage-history.ts";
import { Database } from "../../../server/engine/metadata/database.ts";

const hour = 3_600_000;

test("the most of each hour is kept for a week, of tenants that are there", () => {
  const database = new Database(":memory:");
  const history = new UsageHistory(database);
  const used = (memory: number) => ({ memory, pids: 1, disk: 5, containers: 2 });
  const begin = 1_000 * hour;
  history.note(
    [
      { id: "ada", used: used(10) },
      { id: "bob", used: {} },
    ],
    begin,
  );
  history.note(
    [
      { id: "ada", used: used(30) },
      { id: "bob", used: {} },
    ],
    begin + 1,
  );
  history.note(
    [
      { id: "ada", used: used(20) },
      { id: "bob", used: {} },
    ],
    begin + 2,
  );
  history.note([{ id: "ada", used: used(5) }], begin + hour);
  assert.deepEqual(history.of("ada"), [
    { from: begin, ...used(30) },
    { from: begin + hour, ...used(5) },
  ]);
  assert.deepEqual(history.of("bob"), []);
  history.note([{ id: "ada", used: used(1) }], begin + 168 * hour);
  assert.deepEqual(
    history.of("ada").map(({ memory }) => memory),
    [5, 1],
  );
  database.close();
});
