import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildError } from "../../../server/engine/builder/build-error.ts";
import type { BuildRequest } from "../../../server/engine/builder/builder.ts";
import type { Dockerfile } from "../../../server/engine/builder/dockerfile/ast.ts";
import { lowerAsFarAsPossible } from "../../../server/engine/builder/lower/as-far-as-possible.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import { environmentOf } from "../../../server/engine/builder/records/kept-environments.ts";
import { StepJournal } from "../../../server/engine/builder/records/step-journal.ts";
import { Cancelled, messageOf } from "../../../server/engine/errdefs/errors.ts";
import { lowerAlone } from "./lower-alone.ts";

const numbers = Array.from({ length: 1500 }, (_, index) => index);

test("thousands of instructions of one kind let others have their turn", async () => {
  const volumes = Array.from({ length: 3900 }, (_, index) => `VOLUME /v${index}\n`);
  const dockerfile = parseDockerfile(`FROM b:1\n${volumes.join("")}`);
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  const { state } = await lowerAlone(dockerfile, {}, () => {});
  clearInterval(other);
  assert.equal(Object.keys(state.config.toImage().Volumes ?? {}).length, volumes.length);
  // How many depends on how fast the machine is.
  assert.ok(turns > 0, "others had no turn");
});

test("a mistake before the target is told, not that the target is missing in what stands before it", async () => {
  const dockerfile = parseDockerfile("FROM b:1\nRUN x\nFROM missing\nFROM b:1 AS end\n");
  const lower = async (part: Dockerfile) => {
    const { state, steps } = await lowerAlone(part, { target: "end" }, () => {});
    return { state, steps, epoch: undefined };
  };
  const request: Pick<BuildRequest, "steps"> = { steps: { planned: () => {}, image: () => {} } };
  const mistake = new BuildError("no such image", {
    source: dockerfile.source,
    range: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 13 },
  });
  const failing = (part: Dockerfile) => (part === dockerfile ? Promise.reject(mistake) : lower(part));
  await assert.rejects(lowerAsFarAsPossible(request, dockerfile, failing), mistake);
});

test("a target that there is none of is told before any image is looked for", async () => {
  const dockerfile = parseDockerfile("FROM missing\nRUN x\n");
  const lowered = lowerAlone(dockerfile, { target: "end", classic: true }, () => {});
  await assert.rejects(lowered, /target stage "end" could not be found/);
});

test("only mistakes in the Dockerfile stand back for an earlier one: a cancelled build is cancelled", async () => {
  const dockerfile = parseDockerfile("FROM b:1\nRUN x\nFROM missing\n");
  const mistake = new BuildError("no such image", {
    source: dockerfile.source,
    range: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 13 },
  });
  const cancelled = new Cancelled("stopped");
  const failing = (part: Dockerfile) => Promise.reject(part === dockerfile ? mistake : cancelled);
  await assert.rejects(lowerAsFarAsPossible({}, dockerfile, failing), mistake);
  const observer = { planned: () => {}, image: () => {} };
  await assert.rejects(lowerAsFarAsPossible({ steps: observer }, dockerfile, failing), cancelled);
});

test("the record of thousands of steps is no larger than they are", async () => {
  const lines = numbers.map((number) => `ENV e${number}=${number}\nLABEL l${number}=x\n`);
  const others = "FROM scratch AS s\nENV Z=1\nFROM b:1 AS t\nENV T=1\n";
  const last = "RUN env\nFROM a\nENV e1=other\nRUN env\nCOPY --from=s / /\nCOPY --from=t / /\n";
  const text = `${others}FROM b:1 AS a\n${lines.join("")}${last}`;
  const { steps } = await lowerAlone(parseDockerfile(text), { base: { Env: ["PATH=/bin", "e0=base"] } }, () => {});
  const journal = new StepJournal();
  journal.plan(steps, new Map());
  const { steps: kept } = journal.kept({ id: "", tags: [] }, { startedAt: 0, made: undefined });
  const { length } = JSON.stringify(kept);
  assert.ok(length < 500 * steps.length, `${length} bytes for ${steps.length} steps`);
  for (const place of [0, 1, 2, 3, 999, ...Array.from({ length: 8 }, (_, index) => steps.length - 1 - index)]) {
    assert.deepEqual(environmentOf(kept, place), steps[place]?.after.config.toImage().Env ?? [], `step ${place}`);
  }
  assert.deepEqual(new Set(kept.map(({ env }) => env?.length)), new Set([undefined, 0]), "nothing is kept twice");
});

test("a few long values before many RUNs are refused before they fill the memory", async () => {
  const repeated = (count: number, line: string): string => `${line}\n`.repeat(count);
  const long = `FROM b:1\nARG A=${"x".repeat(100_000)}\n`;
  const refused = (text: string, startLine: number): Promise<void> =>
    assert.rejects(
      lowerAlone(parseDockerfile(text), {}, () => {}),
      (error: unknown) =>
        error instanceof BuildError &&
        /history of the image would be longer/.test(error.message) &&
        error.range?.startLine === startLine,
    );
  await refused(`${long}${repeated(100, "RUN true")}`, 43);
  await refused(`${long}${repeated(100, "LABEL a=$A")}`, 43);
  const two = `${long}${repeated(25, "ENV c=$A")}FROM a\n${repeated(50, "ENV d=$A")}`;
  await refused(two.replace("b:1", "b:1 AS a"), 44);
});

test("the instruction that makes one layer too many is refused before anything runs", async () => {
  const refused = (text: string, startLine: number): Promise<void> =>
    assert.rejects(
      lowerAlone(parseDockerfile(text), {}, () => {}),
      (error: unknown) =>
        error instanceof BuildError &&
        error.message === "max depth exceeded: an image has at most 125 layers, and this would be layer 126" &&
        /join RUN lines with &&/.test(error.hint ?? "") &&
        error.range?.startLine === startLine,
    );
  const repeated = (count: number, line: string): string => `${line}\n`.repeat(count);
  await lowerAlone(parseDockerfile(`FROM b:1\n${repeated(125, "RUN x")}${repeated(1500, "ENV A=1")}`), {}, () => {});
  await refused(`FROM b:1\n${repeated(130, "RUN x")}`, 127);
  await refused(`FROM b:1 AS a\n${repeated(60, "RUN x\nCOPY a b")}FROM a\nENV A=1\n${repeated(6, "ADD a b")}`, 129);
});

test("a trigger of the base mounts an earlier stage of the Dockerfile, and is wrong at its FROM", async () => {
  const base = { OnBuild: ["RUN --mount=from=input,target=/in x"] };
  const { steps } = await lowerAlone(parseDockerfile("FROM scratch AS input\n\nFROM b:1\n"), { base }, () => {});
  const [input, , run] = steps;
  assert.deepEqual([run?.trigger, run?.vertex?.inputs[1]], [true, input?.vertex]);
  const wrong = lowerAlone(
    parseDockerfile("# nothing\n\nFROM b:1\n"),
    { base: { OnBuild: ["RUN --mount=type=x y"] } },
    () => {},
  );
  await assert.rejects(wrong, {
    name: "BuildError",
    range: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 },
  });
});

test("each step keeps the configuration as it was after it", async () => {
  const text =
    "FROM b:1 AS a\nENV A=1 B=2\nENV A=3\nLABEL x=1\nLABEL x=2\nONBUILD RUN a\nFROM a\nENV A=$A$B\nEXPOSE 1\nENV C=$A\n";
  const { steps } = await lowerAlone(parseDockerfile(text), { base: { Env: ["PATH=/bin", "A=0"] } }, () => {});
  const of = (key: "Env" | "Labels" | "OnBuild" | "ExposedPorts"): unknown[] =>
    steps.map(({ after }) => after.config.toImage()[key]);
  assert.deepEqual(of("Env"), [
    ["PATH=/bin", "A=0"],
    ["PATH=/bin", "A=1", "B=2"],
    ...Array.from({ length: 5 }, () => ["PATH=/bin", "A=3", "B=2"]),
    ["PATH=/bin", "A=3", "B=2"],
    ["PATH=/bin", "A=32", "B=2"],
    ["PATH=/bin", "A=32", "B=2"],
    ["PATH=/bin", "A=32", "B=2", "C=32"],
  ]);
  assert.deepEqual(of("Labels").slice(3, 6), [{ x: "1" }, { x: "2" }, { x: "2" }]);
  assert.deepEqual(of("OnBuild").slice(5, 7), [["RUN a"], ["RUN a"]]);
});

test("a stage that SOURCE_DATE_EPOCH names adds one thing from elsewhere, and nothing else", async () => {
  const stage = async (lines: string): Promise<string> => {
    const text = `ARG SOURCE_DATE_EPOCH=source\nFROM ${lines}\nFROM b:1\n`;
    try {
      await lowerAlone(parseDockerfile(text), {}, () => {});
      return "taken";
    } catch (error) {
      const line = error instanceof BuildError ? error.range?.startLine : undefined;
      return `${line}: ${messageOf(error)}`;
    }
  };
  const one = "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD";
  const requirements = "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported";
  assert.equal(await stage("scratch AS source\nARG V=1\nADD https://h/v$V.tar /"), "taken");
  assert.equal(await stage("scratch AS source\nADD https://h/r.git#main /"), "taken");
  assert.equal(await stage("b:1 AS source\nADD https://h/x /"), "2: SOURCE_DATE_EPOCH stage must use FROM scratch");
  assert.equal(await stage("scratch AS source\nCOPY x /"), `3: ${requirements} COPY instruction`);
  assert.equal(await stage("scratch AS source\nADD https://h/x /\nLABEL a=b"), `4: ${requirements} LABEL instruction`);
  assert.equal(await stage("scratch AS source"), `2: ${one}`);
  assert.equal(await stage("scratch AS source\nADD https://h/x https://h/y /"), `3: ${one}`);
  assert.equal(await stage("scratch AS source\nADD https://h/x /\nADD https://h/y /"), `4: ${one}`);
  const local = "3: SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD";
  assert.equal(await stage("scratch AS source\nADD x /"), local);
  assert.match(await stage("scratch AS other"), /^1: invalid SOURCE_DATE_EPOCH: source: it is a number of seconds/);
});
