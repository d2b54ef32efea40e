import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startFailureOf } from "../../../app/components/containers/start-failure.ts";
import { messageOf } from "../../../server/engine/errdefs/errors.ts";
import { startError } from "../../../server/engine/runtime/runtime-errors.ts";

/** What the engine says of a start for which crun has these words. */
const told = (crun: string, program: string): string => messageOf(startError(new Error(crun), program, "create"));

describe("why a program was not started", () => {
  for (const [crun, program, kind, command] of [
    ["executable file `serve` not found in $PATH: No such file or directory", "serve", "notFound", "serve"],
    ["executable file `/app/run` not found: No such file or directory", "/app/run", "noFile", "/app/run"],
    ["executable file `/bin/sh` not found: No such file or directory", "/bin/sh", "noShell", "/bin/sh"],
    ["executable file `node a.js` not found in $PATH: No such file or directory", "node a.js", "oneWord", "node a.js"],
    [`executable file \`say "hi"\` not found in $PATH`, `say"hi"`, "notFound", `say"hi"`],
    ["open executable: Permission denied", "/app/run.sh", "notExecutable", "/app/run.sh"],
    ["exec container process `/app`: Exec format error", "/app", "otherMachine", "/app"],
    ["mkdir `/site`: Not a directory", "sh", "noDirectory", "/site"],
  ] as const) {
    it(`is known of ${crun}`, () => assert.deepEqual(startFailureOf(told(crun, program)), { kind, command }));
  }

  it("is not made up where dockerd says something else", () => {
    assert.equal(
      startFailureOf("driver failed programming external connectivity: port is already allocated"),
      undefined,
    );
    assert.equal(startFailureOf(told("something new", "sh")), undefined);
  });
});
