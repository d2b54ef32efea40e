import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDockerfile } from "#engine/builder/checks/check-dockerfile.ts";

test("a mistake in the text is told with its place and a hint, without any build", () => {
  const { failure } = checkDockerfile("FROM busybox\n\nRNU true\n", "Dockerfile");
  assert.match(failure?.message ?? "", /unknown instruction: RNU \(did you mean RUN\?\)/);
  assert.equal(failure?.range?.startLine, 3);
  assert.match(checkDockerfile("", "Dockerfile").failure?.hint ?? "", /FROM debian/);
});

test("stages are judged as a build judges them, and what is odd is told", () => {
  const circle = checkDockerfile("FROM busybox AS a\nCOPY --from=b / /\nFROM a AS b\n", "Dockerfile");
  assert.match(circle.failure?.message ?? "", /circular dependency/);
  const { failure, warnings } = checkDockerfile("from busybox as base\nRUN true\nFROM $WHAT\n", "Dockerfile");
  assert.match(failure?.message ?? "", /base name \(\$WHAT\) should not be blank/);
  assert.ok(warnings.some(({ rule }) => rule === "ConsistentInstructionCasing" || rule === "FromAsCasing"));
  assert.deepEqual(checkDockerfile("# check=skip=all\nfrom busybox as base\nRUN true\n", "Dockerfile"), {
    warnings: [],
  });
});
