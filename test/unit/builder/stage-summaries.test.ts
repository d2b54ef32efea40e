import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDockerfile } from "#engine/builder/dockerfile/parser.ts";
import { stageSummaries } from "#engine/builder/lower/stage-summaries.ts";
import { lowerAlone } from "./lower-alone.ts";

describe("the stages of a build", () => {
  it("are told with what each takes from which, and which are skipped", async () => {
    const dockerfile = parseDockerfile(
      [
        "ARG BASE=deps",
        "FROM busybox AS deps",
        "FROM ${BASE} AS build",
        "RUN --mount=type=bind,from=deps,target=/deps make",
        "FROM busybox AS Docs",
        "RUN make docs",
        "FROM busybox",
        "COPY --from=build /a /",
        "COPY --from=0 /b /",
        "COPY --from=nginx /c /",
      ].join("\n"),
    );
    const { steps } = await lowerAlone(dockerfile, {}, () => {});
    const told = stageSummaries(dockerfile, steps).map(({ name, base, uses, skipped }) => [
      name,
      base,
      uses.map(({ how, stage }) => `${how} ${stage}`).join(", "),
      skipped,
    ]);
    assert.deepEqual(told, [
      ["deps", "busybox", "", false],
      ["build", "${BASE}", "base deps, mount deps", false],
      ["docs", "busybox", "", true],
      ["stage-3", "busybox", "copy build, copy deps", false],
    ]);
  });
});
