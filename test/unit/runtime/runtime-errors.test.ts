import assert from "node:assert/strict";
import { test } from "node:test";
import { startError } from "#engine/runtime/runtime-errors.ts";

/** As crun 1.8 and 1.14, runc 1.1 and 1.2, and runsc have worded them. */
const cases: [text: string, program: string, expected: string][] = [
  [
    "OCI runtime create failed: executable file `foo` not found in $PATH: No such file or directory",
    "foo",
    'exec: "foo": executable file not found in $PATH: unknown',
  ],
  [
    'runc create failed: unable to start container process: exec: "foo": executable file not found in $PATH',
    "foo",
    'exec: "foo": executable file not found in $PATH: unknown',
  ],
  [
    'creating container: error finding executable "foo" in PATH [/bin]: no such file or directory',
    "foo",
    'exec: "foo": executable file not found in $PATH: unknown',
  ],
  [
    "the path `/etc` is not a regular file: Operation not permitted",
    "/etc",
    'exec: "/etc": permission denied: unknown',
  ],
  [
    "executable file `/x/foo` not found in $PATH: No such file or directory",
    "/x/foo",
    'exec: "/x/foo": stat /x/foo: no such file or directory: unknown',
  ],
  [
    'exec: "/x/foo": stat /x/foo: no such file or directory',
    "/x/foo",
    'exec: "/x/foo": stat /x/foo: no such file or directory: unknown',
  ],
  [
    "the path `/x` exists but it is not executable: Operation not permitted",
    "/x",
    'exec: "/x": permission denied: unknown',
  ],
  [
    "executable file `/x/foo` not found: No such file or directory",
    "/x/foo",
    'exec: "/x/foo": stat /x/foo: no such file or directory: unknown',
  ],
  ["open executable: Permission denied", "/x", 'exec: "/x": permission denied: unknown'],
  ['exec: "/x": permission denied', "/x", 'exec: "/x": permission denied: unknown'],
  [
    "OCI runtime exec failed: chdir `/no`: No such file or directory",
    "true",
    'chdir to cwd ("/no") set in config.json failed: no such file or directory: unknown',
  ],
  [
    'chdir to cwd ("/no") set in config.json failed: no such file or directory',
    "true",
    'chdir to cwd ("/no") set in config.json failed: no such file or directory: unknown',
  ],
  ["exec container process `/x`: Exec format error", "/x", "exec /x: exec format error: unknown"],
];

for (const [text, program, expected] of cases) {
  test(`"${text}"`, () => {
    const error = startError(new Error(text), program, "exec");
    assert.equal(error.code, "invalid_argument");
    assert.equal(error.message, `OCI runtime exec failed: exec failed: unable to start container process: ${expected}`);
  });
}

test("anything else keeps its words and is our failure", () => {
  const error = startError(new Error("set cgroup limits: Device or resource busy"), "true", "create");
  assert.equal(error.code, "internal");
  assert.match(error.message, /Device or resource busy/);
});
