import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { NotFound } from "#engine/errdefs/errors.ts";
import { Netns } from "#engine/network/netlink/netns.ts";
import { FifoGuard, makeFifo } from "#engine/runtime/link/fifo.ts";
import { ProcessStreams } from "#engine/runtime/process-streams.ts";
import { ConsoleSocket } from "#engine/runtime/supervisor/console.ts";
import { ProcessFifos } from "#engine/runtime/supervisor/process-fifos.ts";
import { descriptors, newOwners } from "../../suites/descriptors.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-fds-"));
after(() => rmSync(directory, { recursive: true }));

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test("of FIFOs that are opened together, none stays open when one is missing", () => {
  const paths = { stdin: join(directory, "in"), stdout: join(directory, "out"), stderr: join(directory, "none") };
  makeFifo(paths.stdin);
  makeFifo(paths.stdout);
  const before = descriptors();
  assert.throws(() => new ProcessFifos(paths, owner), { code: "ENOENT" });
  assert.throws(() => ProcessFifos.keep(paths), { code: "ENOENT" });
  assert.equal(descriptors(), before);
});

test("a console socket whose path is taken is closed again", () => {
  const path = join(directory, "console");
  using taken = new ConsoleSocket(path);
  const before = descriptors();
  assert.throws(() => new ConsoleSocket(taken.path), /listening on/);
  assert.equal(descriptors(), before);
});

test("a process's streams that cannot all be opened are closed again", async () => {
  const streams = new ProcessStreams(
    directory,
    "box-",
    { terminal: false, stdin: true, settled: true },
    async () => {},
  );
  mkdirSync(`${streams.paths.stderr}.journal`);
  const before = descriptors();
  assert.throws(() => streams.prepare());
  streams.release();
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  assert.equal(descriptors(), before);
});

test("a network namespace that is let go of is no other's that has its number now", () => {
  const netns = new Netns("/proc/self/ns/net");
  assert.ok(netns.fd > 2);
  netns[Symbol.dispose]();
  const others = newOwners();
  assert.throws(() => netns.fd, NotFound);
  netns[Symbol.dispose]();
  assert.equal(others(), 8);
});

test("a guard is closed once", () => {
  const path = join(directory, "guarded");
  makeFifo(path);
  const guard = new FifoGuard(path);
  guard.close();
  const others = newOwners();
  guard.close();
  assert.equal(others(), 8);
});
