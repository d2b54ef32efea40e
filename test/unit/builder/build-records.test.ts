import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BuildRecords,
  type EndedBuild,
  FailedStepRoots,
  type KeptStep,
} from "#engine/builder/records/build-records.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { Database } from "#engine/metadata/database.ts";
import type { Digest } from "#engine/oci/digest.ts";

const vertex = `sha256:${"0".repeat(64)}` as Digest;

function step(layer: string, hasFailed = false): KeptStep {
  return { layered: true, after: { layer: layer as LayerID, ...(hasFailed ? {} : { vertex }) } } as KeptStep;
}

function build(
  id: string,
  finishedAt: number,
  image: string | undefined,
  steps: KeptStep[],
  classic = false,
): EndedBuild {
  return {
    id,
    finishedAt,
    ...(image === undefined ? {} : { imageId: image }),
    steps,
    classic,
  } as unknown as EndedBuild;
}

test("what steps made is told of builds whose image is here, but for the classic builder's", () => {
  const images = new Set(["here", "gone"]);
  const records = new BuildRecords(new Database(":memory:"), "ada", (id) => images.has(id));
  records.save(build("1", 1, "here", [step("a"), step("b"), step("b")]));
  records.save(build("2", 2, "gone", [step("c")]));
  records.save(build("3", 3, undefined, [step("d", true)]));
  records.save(build("4", 4, "here", [step("e")], true));
  images.delete("gone");
  assert.deepEqual([...records.stepLayers()], ["a", "b"]);
});

test("a build that runs is told as it is, and is on record when it has ended", () => {
  const records = new BuildRecords(new Database(":memory:"), "ada", () => true);
  const steps: KeptStep[] = [];
  const { finishedAt: _, ...running } = build("1", 1, "here", steps);
  const over = records.begin("1", () => running);
  steps.push(step("a"));
  assert.deepEqual([records.get("1"), records.list()], [running, []]);
  over();
  assert.throws(() => records.get("1"), /no record of build 1/);
});

test("old builds are forgotten, those whose image is here later; what failed steps left is kept of the last five", () => {
  const database = new Database(":memory:");
  const records = new BuildRecords(database, "ada", (id) => id === "here");
  for (let at = 0; at < 60; at++) records.save(build(`${at}`, at, at < 2 ? "here" : "gone", [step(`left${at}`, true)]));
  const kept = records.list().map(({ id }) => Number(id));
  assert.deepEqual(kept, [...Array.from({ length: 50 }, (_, index) => 59 - index), 1, 0]);
  assert.ok(records.list().every((told) => !("steps" in told)));
  const roots = [...new FailedStepRoots(database).roots()].map(({ id }) => id);
  assert.deepEqual(roots.toSorted(), ["left55", "left56", "left57", "left58", "left59"]);
  records.forgetLeft();
  assert.deepEqual([...new FailedStepRoots(database).roots()], []);
});

test("records of an earlier version tell what their steps made, too", () => {
  const database = new Database(":memory:");
  database.migrate("build-step-records", [
    `CREATE TABLE build_step_records (
       scope TEXT NOT NULL, id TEXT NOT NULL, image TEXT, finished_at INTEGER NOT NULL, record TEXT NOT NULL,
       left_layers TEXT NOT NULL, PRIMARY KEY (scope, id)) WITHOUT ROWID;
     CREATE INDEX build_step_records_by_image ON build_step_records (scope, image);`,
  ]);
  const insert = (record: EndedBuild) =>
    database.run(
      "INSERT INTO build_step_records VALUES ('ada', ?, 'here', ?, ?, '[]')",
      record.id,
      record.finishedAt,
      JSON.stringify(record),
    );
  insert(build("1", 1, "here", [step("a"), { layered: false } as KeptStep, step("a")]));
  insert(build("2", 2, "here", [step("classic")], true));
  const records = new BuildRecords(database, "ada", () => true);
  assert.deepEqual([...records.stepLayers()], ["a"]);
});
