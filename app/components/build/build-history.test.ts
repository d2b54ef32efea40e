/** How a build is told from others in the list of earlier ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildSummary } from "#contract/extension-api.ts";
import { describeBuild } from "./build-history.ts";

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

test("a build that failed before any step did says why, in its first line", () => {
  const error = "dockerfile parse error on line 3: unknown instruction: RNU (did you mean RUN?)\nand more";
  const { detail } = describeBuild({ ...summary, status: "failed", error });
  assert.equal(detail, "Failed · dockerfile parse error on line 3: unknown instruction: RNU (did you mean RUN?)");
  assert.match(describeBuild({ ...summary, status: "failed", error, telling: "RUN x" }).detail, /^Failed · at RUN x$/);
});

test("a build of one stage of several says which", () => {
  assert.equal(what({ tags: ["app"], target: "test", base: "node, alpine" }), "app · up to test · FROM node, alpine");
});
