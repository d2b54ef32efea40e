import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { ClassicBuildOutput, type Line } from "../../../server/daemon/translate/classic-build.ts";
import type { PlannedInstruction, StepContainer } from "../../../server/engine/builder/builder.ts";
import { PullProgress } from "../../../server/engine/builder/pull-progress.ts";
import type { Digest } from "../../../server/engine/oci/digest.ts";

const range = (line: number) => ({ startLine: line, startColumn: 1, endLine: line, endColumn: 9 });
const id = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;

function plan(...texts: string[]): PlannedInstruction[] {
  return texts.map((text, index) => ({
    text,
    line: index + 1,
    kind: text.split(" ")[0]?.toLowerCase() as PlannedInstruction["kind"],
    emptyContinuation: false,
  }));
}

function vertex(letter: string, line: number, instruction: string): NewBuildEvent {
  return {
    type: "vertex",
    vertex: { id: id(letter), name: instruction, instruction, stage: "0", range: range(line), inputs: [] },
  };
}

const say = (letter: string, text: string): NewBuildEvent => ({ type: "log", id: id(letter), stream: "stdout", text });
const ranIn = (container: string, kind: StepContainer["kind"] = "run"): StepContainer => ({
  id: container,
  parent: undefined,
  command: [],
  kind,
});
const image = (
  index: number,
  letter: string,
  {
    container,
    kind,
    ...more
  }: { cached?: boolean; container?: string; kind?: StepContainer["kind"]; trigger?: boolean } = {},
) => ({
  index,
  imageId: id(letter),
  trigger: false,
  cached: false,
  ...(container === undefined ? {} : { container: ranIn(container, kind) }),
  ...more,
});
const textOf = (lines: Line[]) => lines.map((line) => ("stream" in line ? line.stream : "")).join("");

test("steps that run side by side are told one after the other, in the classic builder's words", () => {
  const output = new ClassicBuildOutput({ remove: true, tags: ["app"] });
  const lines = [
    ...output.plan(plan("FROM busybox", "ENV a=b", "RUN two", "COPY . /"), ["ZZ"]),
    ...output.lines(vertex("b", 2, "ENV a=b")),
    ...output.lines(vertex("c", 3, "RUN two")),
    ...output.lines(say("c", "second\n")),
    ...output.image(image(0, "a")),
    ...output.image(image(1, "b", { cached: true, container: "e".repeat(64) })),
    ...output.image(image(2, "d", { container: "f".repeat(64) })),
    ...output.image(image(3, "e", { container: "f".repeat(64), kind: "copy" })),
    ...output.lines({ type: "completed", imageId: id("e"), tags: ["app"], durationMs: 1 }),
  ];
  const short = (letter: string) => letter.repeat(12);
  assert.equal(
    textOf(lines),
    [
      "Step 1/4 : FROM busybox\n",
      ` ---> ${short("a")}\n`,
      "Step 2/4 : ENV a=b\n",
      " ---> Using cache\n",
      ` ---> ${short("b")}\n`,
      "Step 3/4 : RUN two\n",
      ` ---> Running in ${short("c")}\n`,
      "second\n",
      `Removing intermediate container ${short("c")}\n`,
      ` ---> ${short("d")}\n`,
      "Step 4/4 : COPY . /\n",
      ` ---> ${short("e")}\n`,
      "[Warning] One or more build-args [ZZ] were not consumed\n",
      `Successfully built ${short("e")}\n`,
      "Successfully tagged app:latest\n",
    ].join(""),
  );
  assert.ok(lines.some((line) => "aux" in line && line.aux.ID === id("e")));
});

test("a base's triggers are told beneath its FROM, which shows the last one's image", () => {
  const output = new ClassicBuildOutput({ remove: false, tags: [] });
  output.plan(plan("FROM base"), []);
  output.lines(vertex("a", 1, "FROM base"));
  output.lines(vertex("b", 1, "ONBUILD RUN x"));
  const lines = [
    ...output.lines(say("b", "x\n")),
    ...output.image(image(0, "c")),
    ...output.image(image(0, "d", { container: "b".repeat(64), trigger: true })),
  ];
  assert.equal(
    textOf(lines),
    `Step 1/1 : FROM base\n# Executing 1 build trigger\n ---> Running in ${"b".repeat(12)}\nx\n ---> ${"d".repeat(12)}\n`,
  );
});

test("a step that fails is told up to its failure, and so is one that was not reached", () => {
  for (const removeFailed of [false, true]) {
    const output = new ClassicBuildOutput({ remove: true, removeFailed, tags: [] });
    output.plan(plan("RUN false", "EXPOSE x"), []);
    output.lines(vertex("a", 1, "RUN false"));
    const failed = output.lines({
      type: "vertex-completed",
      id: id("a"),
      cached: false,
      reason: { kind: "first-build", detail: "" },
      durationMs: 1,
      error: "no",
    });
    const container = "a".repeat(12);
    const removal = removeFailed ? `Removing intermediate container ${container}\n` : "";
    assert.equal(textOf(failed), `Step 1/2 : RUN false\n ---> Running in ${container}\n${removal}`);
  }
  const mistaken = new ClassicBuildOutput({ remove: true, tags: [] });
  mistaken.plan(plan("FROM scratch", "EXPOSE x"), []);
  mistaken.image({ ...image(0, "a"), imageId: undefined });
  assert.equal(textOf(mistaken.failedAt(2)), "");
});

test("the image of every stage is told, the last one's at the end", () => {
  const output = new ClassicBuildOutput({ remove: true, tags: [] });
  const lines = [
    ...output.plan(plan("FROM busybox AS a", "ENV a=b", "FROM a", "LABEL c=d"), []),
    ...output.image(image(0, "a")),
    ...output.image(image(1, "b")),
    ...output.image(image(2, "b")),
    ...output.image(image(3, "c")),
    ...output.lines({ type: "completed", imageId: id("c"), tags: [], durationMs: 1 }),
  ];
  const told = lines.flatMap((line) => ("aux" in line ? [line.aux.ID] : "stream" in line ? [line.stream] : []));
  assert.deepEqual(
    told.filter((text) => /^(?:sha256|Step)/.test(text)),
    [
      "Step 1/4 : FROM busybox AS a",
      "Step 2/4 : ENV a=b",
      id("b"),
      "Step 3/4 : FROM a",
      "Step 4/4 : LABEL c=d",
      id("c"),
    ],
  );
});

test("why a step ran is told where that is asked for, before its image", () => {
  const detail = "Since the last build: a.txt changed.";
  const of = (reasons: boolean): string => {
    const output = new ClassicBuildOutput({ remove: true, reasons, tags: [] });
    const completed = (letter: string, cached: boolean): NewBuildEvent => ({
      type: "vertex-completed",
      id: id(letter),
      cached,
      reason: { kind: cached ? "hit" : "files-changed", detail },
      durationMs: 1,
    });
    return textOf([
      ...output.plan(plan("FROM busybox", "RUN one", "COPY a.txt /", "ENV a=b"), []),
      ...output.lines(vertex("b", 2, "RUN one")),
      ...output.lines(vertex("c", 3, "COPY a.txt /")),
      ...output.lines(vertex("d", 4, "ENV a=b")),
      ...output.lines(completed("d", false)),
      ...output.image(image(0, "a")),
      ...output.lines(completed("b", true)),
      ...output.image(image(1, "b", { cached: true, container: "e".repeat(64) })),
      ...output.lines(completed("c", false)),
      ...output.image(image(2, "c", { container: "f".repeat(64), kind: "copy" })),
    ]);
  };
  const copied = `Step 3/4 : COPY a.txt /\n ---> ${"c".repeat(12)}\n`;
  assert.ok(of(false).includes(copied), of(false));
  const told = copied.replace("/\n", `/\n ---> Why it ran: ${detail}\n`);
  assert.ok(of(true).includes(told), of(true));
  assert.equal(of(true).match(/Why it ran/g)?.length, 1);
});

test("an ARG before a FROM that fails is told, and the FROM: the answer has begun then", () => {
  const output = new ClassicBuildOutput({ remove: true, tags: [] });
  const [argument, from, run] = plan("ARG TAG=1", "FROM nowhere:$TAG", "RUN one");
  assert.ok(argument !== undefined && from !== undefined && run !== undefined);
  const lines = [...output.plan([{ ...argument, kind: "global-arg" }, from, run], []), ...output.failedAt(2)];
  assert.equal(textOf(lines), "Step 1/3 : ARG TAG=1\nStep 2/3 : FROM nowhere:$TAG\n");
  assert.deepEqual(output.failedAt(3), []);
});

test("what a pull says of its image has no id, what it says of a layer has the layer's", () => {
  const output = new ClassicBuildOutput({ remove: true, tags: [] });
  output.plan(plan("FROM host/base:1"), []);
  const says = (item: string, status: string) =>
    output.lines({ type: "status", id: PullProgress.idOf("host/base:1"), item, status });
  const ended = says("host/base:1", "Status: Downloaded newer image for host/base:1");
  assert.deepEqual(ended, [{ status: "Status: Downloaded newer image for host/base:1", progressDetail: {} }]);
  assert.deepEqual(says("0123456789ab", "Waiting"), [{ status: "Waiting", id: "0123456789ab", progressDetail: {} }]);
});

test("a step whose container could not be made, for its limits are none, is not said to run", () => {
  const output = new ClassicBuildOutput({ remove: true, tags: [] });
  output.plan(plan("RUN x"), []);
  output.lines(vertex("a", 1, "RUN x"));
  for (const error of [
    "Minimum memory limit allowed is 6MB",
    "Minimum memoryswap limit should be larger than memory limit, see usage",
    "You should always set the Memory limit when using Memoryswap limit, see usage",
    "Requested CPUs are not available - requested 99, available: 0-1",
    "Requested memory nodes are not available - requested 9, available: 0",
    "Invalid value a for cpuset cpus: invalid format: a",
  ]) {
    const reason = { kind: "first-build", detail: "" } as const;
    const ended = { type: "vertex-completed", id: id("a"), cached: false, reason, durationMs: 1, error } as const;
    assert.deepEqual(output.lines(ended), [], error);
  }
});
