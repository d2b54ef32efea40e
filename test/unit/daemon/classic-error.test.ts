import assert from "node:assert/strict";
import { test } from "node:test";
import { classicError } from "../../../server/daemon/translate/classic-error.ts";
import { parseDockerfile } from "../../../server/engine/builder/dockerfile/parser.ts";
import { ProgramMissing } from "../../../server/engine/builder/ops/run-failed.ts";
import { shortArchive, wrongHeader } from "../../../server/engine/diff/tar/tar-reader.ts";
import { untarError } from "../../../server/engine/diff/untar-error.ts";
import { InvalidArgument, Unavailable } from "../../../server/engine/errdefs/errors.ts";
import { findUser } from "../../../server/engine/runtime/user.ts";
import { type GoldenOptions, lowerAlone } from "../builder/lower-alone.ts";

/** Dockerfiles, and what dockerd 20.10's classic builder says of each. */
const cases: readonly [text: string, said: string, options?: GoldenOptions][] = [
  ["", "the Dockerfile (Build) cannot be empty"],
  ["# nothing\n", "failed to parse Build: file with no instructions"],
  ["FROM b:1\nENV A\n", "failed to parse Build: ENV must have two arguments"],
  ["# escape=x\nFROM b:1\n", "failed to parse Build: invalid escape token 'x' does not match ` or \\"],
  ["# escape=`\n# escape=`\nFROM b:1\n", "failed to parse Build: only one escape parser directive can be used"],
  ["RUN x\nFROM b:1\n", "no build stage in current context"],
  ["FROM b:1\nrnu x\n", "dockerfile parse error line 2: unknown instruction: RNU (did you mean RUN?)"],
  ["FROM b:1\nCOPY --form=a b c\n", "dockerfile parse error line 2: Unknown flag: form (did you mean from?)"],
  ["FROM b:1\nUSER\n", "dockerfile parse error line 2: USER requires exactly one argument"],
  ["FROM b:1\n", "failed to reach build target biuld in Dockerfile", { target: "biuld" }],
  ["FROM Busybox\n", "invalid reference format: repository name must be lowercase"],
  ["FROM b:1\nSTOPSIGNAL no\n", "Invalid signal: no"],
  ["FROM b:1\nEXPOSE web\n", "Invalid containerPort: web"],
  ["FROM b:1\nENV A=${B:x}\n", 'failed to process "${B:x}": unsupported modifier (x) in substitution'],
  ["FROM b:1\nCOPY --from=0 a b\n", "invalid from flag value 0: refers to current build stage"],
  ["FROM b:1 AS a\nCOPY --from=1 a b\nFROM b:1\nFROM a\n", "invalid from flag value 1: index out of bounds"],
];

test("mistakes are told in the classic builder's words, by what they are", async () => {
  for (const [text, said, options = {}] of cases) {
    let failure: unknown;
    try {
      await lowerAlone(parseDockerfile(text), options, () => {});
    } catch (error) {
      failure = error;
    }
    assert.ok(failure !== undefined, `${JSON.stringify(text)} fails`);
    assert.equal(classicError(failure, "Build").message, said, text);
  }
});

test("what was below an error decides, and its own words where nothing is known", () => {
  const wrapped = (cause: unknown) => new Unavailable("the step failed", { cause });
  let user = new Error("was found");
  try {
    findUser("nobody-here", [], []);
  } catch (error) {
    user = error as Error;
  }
  const inCopy = "unable to convert uid/gid chown string to host mapping: can't find uid for user nobody-here";
  assert.ok(classicError(wrapped(user), "D", "copy").message.startsWith(inCopy));
  assert.equal(classicError(user, "D", "run").message, user.message);
  const short = new InvalidArgument("not a valid tar archive: it is cut short", { detail: shortArchive });
  assert.deepEqual(classicError(short, "D"), { message: "unexpected EOF", exitCode: undefined, status: 500 });
  const wrong = new InvalidArgument("not a valid tar archive: a checksum is wrong", { detail: wrongHeader });
  assert.equal(classicError(wrong, "D").message, "archive/tar: invalid tar header");
  const told = "Error processing tar file(exit status 1): archive/tar: invalid tar header";
  assert.equal((untarError(wrong) as Error).message, told);
  assert.match(classicError(wrapped(short), "D", "add").message, /^failed to copy files: .*unexpected EOF$/);
  const { message } = classicError(wrapped(new ProgramMissing("/bin/sh", true)), "D", "run");
  assert.match(message, /^\/bin\/sh: no such file or directory in the image: .*scratch.* RUN \["\/program"\]$/);
  assert.equal(classicError(new Unavailable("the disk is asleep"), "D").message, "the disk is asleep");
});
