import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { ClassicBuildOutput } from "../../../server/daemon/translate/classic-build.ts";

const range = (line: number) => ({ startLine: line, startColumn: 1, endLine: line, endColumn: 9 });
const reason = { kind: "first-build", detail: "" } as const;
const id = (letter: string) => `sha256:${letter.repeat(64)}`;

function vertex(letter: string, line: number, instruction: string): NewBuildEvent {
  return {
    type: "vertex",
    vertex: { id: id(letter), name: instruction, instruction, stage: "0", range: range(line), inputs: [] },
  };
}

const done = (letter: string, cached = false): NewBuildEvent => ({
  type: "vertex-completed",
  id: id(letter),
  cached,
  reason,
  durationMs: 1,
});

const say = (letter: string, text: string): NewBuildEvent => ({ type: "log", id: id(letter), stream: "stdout", text });

test("steps that run side by side are told one after the other, in the classic builder's words", () => {
  const output = new ClassicBuildOutput();
  const events: NewBuildEvent[] = [
    { type: "started", buildId: "b", dockerfile: "" },
    vertex("a", 1, "FROM busybox"),
    vertex("b", 2, "RUN one"),
    vertex("c", 3, "RUN two"),
    { type: "vertex-started", id: id("a") },
    done("a", true),
    { type: "vertex-started", id: id("c") },
    say("c", "second\n"),
    { type: "vertex-started", id: id("b") },
    say("b", "first\n"),
    done("c"),
    done("b", true),
    { type: "completed", imageId: id("c"), tags: ["app"], durationMs: 1 },
  ];
  const lines = events.flatMap((event) => output.lines(event));
  assert.equal(
    lines.map((line) => ("stream" in line ? line.stream : "")).join(""),
    [
      "Step 1/3 : FROM busybox\n",
      ` ---> ${"a".repeat(12)}\n`,
      "Step 2/3 : RUN one\n",
      "first\n",
      " ---> Using cache\n",
      ` ---> ${"b".repeat(12)}\n`,
      "Step 3/3 : RUN two\n",
      "second\n",
      ` ---> ${"c".repeat(12)}\n`,
      `Successfully built ${"c".repeat(12)}\n`,
      "Successfully tagged app:latest\n",
    ].join(""),
  );
  assert.ok(lines.some((line) => "aux" in line && line.aux.ID === id("c")));
});

test("a step that fails is told up to its failure", () => {
  const output = new ClassicBuildOutput();
  const events: NewBuildEvent[] = [
    vertex("a", 1, "RUN false"),
    { type: "vertex-started", id: id("a") },
    say("a", "trying\n"),
    { type: "vertex-completed", id: id("a"), cached: false, reason, durationMs: 1, error: "no" },
  ];
  const text = events.flatMap((event) => output.lines(event)).map((line) => ("stream" in line ? line.stream : ""));
  assert.equal(text.join(""), "Step 1/1 : RUN false\ntrying\n");
});
