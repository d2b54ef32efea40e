import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { BuildkitTrace, statusResponse } from "../../../server/daemon/translate/buildkit-trace.ts";
import { decode } from "../../../server/engine/runtime/link/protobuf.ts";

const id = `sha256:${"c".repeat(64)}`;
const vertex: NewBuildEvent = {
  type: "vertex",
  vertex: { id, name: "[2/2] RUN make", instruction: "RUN make", stage: "0", range: undefined, inputs: [] },
};
const completed = (more: object): NewBuildEvent => ({
  type: "vertex-completed",
  id,
  cached: false,
  reason: { kind: "first-build", detail: "" },
  durationMs: 1,
  ...more,
});

function play(events: NewBuildEvent[], tags: string[] = []) {
  let time = 1_700_000_000_000;
  const trace = new BuildkitTrace(tags, () => (time += 1_500));
  return events.flatMap((event) => trace.lines(event));
}

function decoded(lines: object[]) {
  return lines.map((line) => {
    assert.deepEqual(Object.keys(line), ["id", "aux"]);
    const { id: kind, aux } = line as { id: string; aux: string };
    assert.equal(kind, "moby.buildkit.trace");
    return decode(statusResponse, Buffer.from(aux, "base64"));
  });
}

test("steps are told as vertices: planned, begun, and ended with the same beginning", () => {
  const [planned, begun, ended] = decoded(play([vertex, { type: "vertex-started", id }, completed({})]));
  assert.deepEqual(planned?.vertexes, [{ digest: id, name: "[2/2] RUN make", cached: false, error: "" }]);
  const started = begun?.vertexes[0]?.started;
  assert.equal(started?.seconds, 1_700_000_003);
  assert.deepEqual(ended?.vertexes[0]?.started, started);
  assert.ok((ended?.vertexes[0]?.completed?.seconds ?? 0) > 1_700_000_003);
  assert.equal(begun?.vertexes[0]?.completed, undefined);
});

test("a step from the cache is told as begun, ended and cached; one that failed with its error", () => {
  const [, cached, failed] = decoded(play([vertex, completed({ cached: true }), completed({ error: "exit code: 1" })]));
  assert.equal(cached?.vertexes[0]?.cached, true);
  assert.deepEqual(Object.keys(cached?.vertexes[0] ?? {}).toSorted(), [
    "cached",
    "completed",
    "digest",
    "error",
    "name",
    "started",
  ]);
  assert.equal(failed?.vertexes[0]?.error, "exit code: 1");
});

test("output is told with the number of its stream, progress with how far it is", () => {
  const [log, status] = decoded(
    play([
      { type: "log", id, stream: "stderr", text: "grün\n" },
      { type: "status", id, item: "abc", status: "Downloading", current: 5, total: 9 },
    ]),
  );
  assert.equal(log?.logs[0]?.stream, 2);
  assert.equal(log?.logs[0]?.text.toString(), "grün\n");
  assert.equal(log?.logs[0]?.vertex, id);
  const { current, total, vertex: of } = status?.statuses[0] ?? {};
  assert.deepEqual({ current, total, of }, { current: 5, total: 9, of: id });
});

test("the image's id comes last, and its names as dockerd tells them", () => {
  const done: NewBuildEvent = { type: "completed", imageId: id, tags: [], durationMs: 1 };
  assert.deepEqual(play([done], ["app", "host:5000/app:1"]), [
    { id: "moby.image.id", aux: { ID: id } },
    { stream: "Successfully tagged app:latest\n" },
    { stream: "Successfully tagged host:5000/app:1\n" },
  ]);
});
