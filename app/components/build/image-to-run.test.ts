import assert from "node:assert/strict";
import { it } from "node:test";
import { imageToRun } from "./image-to-run.ts";
import type { BuildSummary } from "../../../server/contract/extension-api.ts";

let count = 0;
const build = (status: BuildSummary["status"], more: Partial<BuildSummary> = {}): BuildSummary => ({
  id: String(++count),
  status,
  tags: ["app"],
  contextPath: "",
  dockerfile: "Dockerfile",
  startedAt: count,
  ...more,
});

it("Run runs the shown build's image, or that of the last one of its name that has made one", () => {
  const [oldest, good, other] = [build("completed"), build("completed"), build("completed", { tags: ["web"] })];
  const history = [other, build("failed"), good, oldest];
  assert.deepEqual(imageToRun(good, history), { image: "app" });
  for (const status of ["failed", "cancelled", "interrupted"] as const) {
    const shown = build(status);
    assert.deepEqual(imageToRun(shown, [shown, ...history]), { image: "app", earlier: good }, status);
    assert.equal(imageToRun(shown, [shown, other]), undefined, "another image is not meant");
  }
  assert.equal(imageToRun(build("failed", { tags: [] }), [build("completed", { tags: [] })]), undefined);
  assert.equal(imageToRun(build("running"), history), undefined);
  assert.equal(imageToRun(undefined, history), undefined);
  assert.deepEqual(imageToRun(build("completed", { tags: [], imageId: "sha256:1" }), []), { image: "sha256:1" });
});
