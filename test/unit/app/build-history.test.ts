/** How a build is told from others in the list of earlier ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildSummary } from "#contract/extension-api.ts";
import { describeBuild } from "../../../app/components/build/build-history.ts";

const summary: BuildSummary = {
  id: "0123456789abcdef",
  status: "completed",
  tags: [],
  dockerfile: "Dockerfile",
  startedAt: 0,
};
const what = (more: Partial<BuildSummary>): string =>
  describeBuild({ ...summary, ...more }).label.replace(/^.*?· /, "");

test("a build is named by its image, its folder, or at least its id, and by what it began from", () => {
  const base = "${BASE}";
  assert.equal(what({ tags: ["counter-web:latest", "other"], base }), "counter-web · FROM ${BASE}");
  assert.equal(what({ contextPath: "store", base }), "store · FROM ${BASE}");
  assert.equal(what({ contextPath: "", status: "running" }), "0123456789ab");
});

test("a build that has what was done by hand says so", () => {
  const detail = (more: Partial<BuildSummary>): string => describeBuild({ ...summary, ...more }).detail;
  assert.match(detail({ byHand: true }), /^Built, partly by hand/);
  assert.match(detail({ byHand: true, status: "failed" }), /^Failed/);
});
