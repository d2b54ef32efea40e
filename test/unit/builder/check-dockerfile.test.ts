import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Image } from "#engine/images/image-store.ts";
import { checkDockerfile } from "#engine/builder/checks/check-dockerfile.ts";

test("a mistake in the text is told with its place and a hint, without any build", async () => {
  const { failure } = await checkDockerfile("FROM busybox\n\nRNU true\n", "Dockerfile");
  assert.match(failure?.message ?? "", /unknown instruction: RNU \(did you mean RUN\?\)/);
  assert.equal(failure?.range?.startLine, 3);
  assert.match((await checkDockerfile("", "Dockerfile")).failure?.hint ?? "", /FROM debian/);
});

test("every mistake of an instruction is told, not the first alone", async () => {
  const placesOf = async (...lines: string[]): Promise<(number | undefined)[]> => {
    const { failure, further = [] } = await checkDockerfile(lines.join("\n"), "Dockerfile");
    return [failure, ...further].map((each) => each?.range?.startLine);
  };
  assert.deepEqual(
    await placesOf("FROM busybox", "RNU true", "RUN true", "COPY one", "EXPOSE 80", "HEALTHCHECK NO", "CMD x"),
    [2, 4, 6],
  );
  assert.deepEqual(await placesOf("RUN true", "FROM busybox", "USER"), [1, 3], "of the text as a whole, too");
  assert.deepEqual(
    await placesOf("FROM busybox", "RUN apt-get update &&", "  apt-get install x &&", "  rm -rf /y", "", "WORKDIR"),
    [3, 6],
    "what a line went on with is part of its mistake",
  );
  assert.deepEqual(
    await placesOf("FROM busybox", "RNU <<END", "WORKDIR", "END"),
    [2],
    "a here-document holds anything",
  );
  assert.equal((await placesOf("FROM busybox", ...Array.from({ length: 200 }, () => "WORKDIR"))).length, 50);
  assert.equal((await checkDockerfile("FROM busybox\nRNU true\n", "Dockerfile")).further, undefined);
});

test("stages are judged as a build judges them, and what is odd is told", async () => {
  const circle = await checkDockerfile("FROM busybox AS a\nCOPY --from=b / /\nFROM a AS b\n", "Dockerfile");
  assert.match(circle.failure?.message ?? "", /circular dependency/);
  const { failure, warnings } = await checkDockerfile("from busybox as base\nRUN true\nFROM $WHAT\n", "Dockerfile");
  assert.match(failure?.message ?? "", /base name \(\$WHAT\) should not be blank/);
  assert.ok(warnings.some(({ rule }) => rule === "ConsistentInstructionCasing" || rule === "FromAsCasing"));
  assert.deepEqual(await checkDockerfile("# check=skip=all\nfrom busybox as base\nRUN true\n", "Dockerfile"), {
    warnings: [],
  });
});

test("what is odd above a mistake in the text is told with it", async () => {
  const text = "FROM scratch AS Upper\nMAINTAINER me\nBADCMD\nMAINTAINER again\n";
  const { failure, warnings } = await checkDockerfile(text, "Dockerfile");
  assert.match(failure?.message ?? "", /line 3: unknown instruction: BADCMD/);
  const told = warnings.filter(({ teaching }) => teaching !== true).map(({ rule, range }) => [rule, range?.startLine]);
  assert.deepEqual(told, [
    ["StageNameCasing", 1],
    ["MaintainerDeprecated", 2],
  ]);
});

const rulesOf = async (text: string, env?: string[]): Promise<string[]> => {
  const image = { config: { os: "linux", architecture: "amd64", config: { Env: env ?? [] } } } as Pick<Image, "config">;
  const { warnings } = await checkDockerfile(text, "Dockerfile", () => (env === undefined ? undefined : image));
  return warnings.map(({ rule, range }) => `${range?.startLine} ${rule}`);
};

test("what a build finds while it makes steps of the text is found while it is written", async () => {
  const text =
    "FROM busybox\nMAINTAINER ada\nWORKDIR app\nRUN echo hi\nENV HOME2=$HOEM\nENV KEY value\nCMD echo\nCMD true\n";
  assert.deepEqual((await rulesOf(text, ["HOME=/root"])).toSorted(), [
    "2 MaintainerDeprecated",
    "3 WorkdirRelativePath",
    "5 UndefinedVar",
    "6 LegacyKeyValueFormat",
    "6 SecretsUsedInArgOrEnv",
    "7 JSONArgsRecommended",
    "7 MultipleInstructionsDisallowed",
    "8 JSONArgsRecommended",
  ]);
  const { failure } = await checkDockerfile("FROM busybox\n\nEXPOSE nonsense\n", "Dockerfile");
  assert.equal(failure?.range?.startLine, 3);
});

test("nothing is said of a variable that a base may have which is not here", async () => {
  const text = "FROM python AS one\nENV A=$PYTHON_VERSION\nFROM one\nENV B=$PYTHON_VERSION\nEXPOSE $PORT\n";
  assert.deepEqual(await rulesOf(text), []);
  assert.equal((await checkDockerfile(text, "Dockerfile")).failure, undefined);
  assert.deepEqual(await rulesOf("FROM python\nENV A=$PYTHON_VERSION B=$OTHER\n", ["PYTHON_VERSION=3"]), [
    "2 UndefinedVar",
  ]);
});

test("every Dockerfile of the golden cases is judged, whatever is in it", async () => {
  const files = globSync(path.join(import.meta.dirname, "../../golden/**/Dockerfile"));
  assert.ok(files.length > 50);
  for (const file of files) {
    const { warnings } = await checkDockerfile(readFileSync(file, "utf8"), "Dockerfile");
    assert.ok(Array.isArray(warnings), file);
  }
});

test("variables that double a hundred times are a mistake, and cost no memory", async () => {
  const lines = Array.from({ length: 100 }, (_, index) => `ENV A${index + 1}=$A${index}$A${index}`);
  const { failure } = await checkDockerfile(["FROM scratch", "ENV A0=0123456789", ...lines].join("\n"), "Dockerfile");
  assert.match(failure?.message ?? "", /longer than/);
});
