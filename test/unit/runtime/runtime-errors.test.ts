import assert from "node:assert/strict";
import { test } from "node:test";
import { inRuncWords } from "#engine/runtime/exec-words.ts";
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

/** As crun words them, of which dockerd says 500. */
const initCases: [text: string, expected: string][] = [
  [
    "open /proc/sys/net/ipv4/nope: No such file or directory",
    "unable to start container process: error during container init: open /proc/sys/net/ipv4/nope: no such file or directory",
  ],
  [
    "open /proc/sys/net/core/somaxconn: No such file or directory",
    "unable to start container process: error during container init: open /proc/sys/net/core/somaxconn: no such file or directory: containers' user namespaces have it since Linux 6.11; leave the setting out here",
  ],
  [
    "write to /proc/sys/net/ipv4/ip_forward: Invalid argument",
    "unable to start container process: error during container init: write /proc/sys/net/ipv4/ip_forward: invalid argument",
  ],
  [
    "the sysctl `kernel.shmmax` requires a new IPC namespace",
    'sysctl "kernel.shmmax" is not allowed in the hosts ipc namespace',
  ],
  ["the sysctl `nope` is not namespaced", 'sysctl "nope" is not in a separate kernel namespace'],
  ["invalid seccomp action `NOPE`", "string NOPE is not a valid action for seccomp"],
  [
    "opening file `/proc/7/gid_map` for writing: Too many open files",
    "unable to start container process: too many open files: the container's limit (--ulimit nofile) is too low to set it up; give it 64 or more",
  ],
];

for (const [text, expected] of initCases) {
  test(`"${text}"`, () => {
    const error = startError(new Error(text), "true", "create");
    assert.equal(error.code, "unknown");
    assert.equal(
      error.message,
      `failed to create shim task: OCI runtime create failed: runc create failed: ${expected}: unknown`,
    );
  });
}

test("a directory mounted on a file: with the source that the client gave", () => {
  const container = { rootfs: "/nothing", sources: new Map([["/etc/passwd", "/home/d"]]) };
  const error = startError(
    new Error("mount `/r/binds/0` to `etc/passwd`: Not a directory"),
    "true",
    "create",
    container,
  );
  assert.equal(
    error.message,
    'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/home/d" to rootfs at "/etc/passwd": mount /home/d:/etc/passwd (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type',
  );
});

/** The runtime's words on the program's standard error, and runc's. */
const firstWords: [crun: string, runc: string][] = [
  [
    "exec container process (missing dynamic library?) `/s`: No such file or directory\n",
    "exec /s: no such file or directory\n",
  ],
  ["exec container process `/s`: Exec format error\r\n", "exec /s: exec format error\r\n"],
  ["exec container process `/s`: Exec format error\nmore\n", "exec container process `/s`: Exec format error\nmore\n"],
  ["hello\n", "hello\n"],
];

test("what the runtime says of a program that the kernel refuses is in runc's words", () => {
  for (const [crun, runc] of firstWords) assert.equal(inRuncWords(Buffer.from(crun)).toString(), runc);
});

test("anything else keeps its words and is our failure", () => {
  const error = startError(new Error("set cgroup limits: Device or resource busy"), "true", "create");
  assert.equal(error.code, "internal");
  assert.match(error.message, /Device or resource busy/);
});
