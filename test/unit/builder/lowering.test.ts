import assert from "node:assert/strict";
import { test } from "node:test";
import { BuildError } from "../../../server/engine/builder/build-error.ts";
import type { BuildRequest } from "../../../server/engine/builder/builder.ts";
import type { Dockerfile } from "../../../server/engine/builder/dockerfile/ast.ts";
import { lowerAsFarAsPossible } from "../../../server/engine/builder/lower/as-far-as-possible.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import { lowerAlone } from "./lower-alone.ts";

const numbers = Array.from({ length: 1500 }, (_, index) => index);

test("thousands of instructions of one kind let others have their turn", async () => {
  const dockerfile = parseDockerfile(`FROM b:1\n${numbers.map((number) => `VOLUME /v${number}\n`).join("")}`);
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  const { state } = await lowerAlone(dockerfile, {}, () => {});
  clearInterval(other);
  assert.equal(Object.keys(state.config.Volumes ?? {}).length, numbers.length);
  assert.ok(turns > 2, `others had ${turns} turns`);
});

test("a mistake before the target is told, not that the target is missing in what stands before it", async () => {
  const dockerfile = parseDockerfile("FROM b:1\nRUN x\nFROM missing\nFROM b:1 AS end\n");
  const lower = async (part: Dockerfile) => {
    const { state, steps } = await lowerAlone(part, { target: "end" }, () => {});
    return { state, steps, epoch: undefined };
  };
  const request = { steps: {} } as BuildRequest;
  const mistake = new BuildError("no such image", {
    source: dockerfile.source,
    range: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 13 },
  });
  const failing = (part: Dockerfile) => (part === dockerfile ? Promise.reject(mistake) : lower(part));
  await assert.rejects(lowerAsFarAsPossible(request, dockerfile, failing), mistake);
});

test("each step keeps the configuration as it was after it", async () => {
  const text =
    "FROM b:1 AS a\nENV A=1 B=2\nENV A=3\nLABEL x=1\nLABEL x=2\nONBUILD RUN a\nFROM a\nENV A=$A$B\nEXPOSE 1\nENV C=$A\n";
  const { steps } = await lowerAlone(parseDockerfile(text), { base: { Env: ["PATH=/bin", "A=0"] } }, () => {});
  const of = (key: "Env" | "Labels" | "OnBuild" | "ExposedPorts"): unknown[] =>
    steps.map(({ after }) => after.config[key]);
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
