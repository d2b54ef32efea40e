import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { BuildEvent } from "#contract/build-events.ts";
import { BuildLogs } from "#engine/builds/build-log.ts";
import { PatientFile } from "#engine/logs/patient-file.ts";
import { startError } from "#engine/runtime/runtime-errors.ts";
import { AuditLog } from "../../../server/compose/audit-log.ts";
import { newOwners } from "../../suites/descriptors.ts";
import { TinyDisk, whyNoMount } from "../../suites/full-disk.ts";

const skip = whyNoMount ?? false;

test("it is closed once, however often that is asked for; what is said after is written nowhere", () => {
  const directory = mkdtempSync(join(tmpdir(), "dd-lines-"));
  try {
    const file = new PatientFile(join(directory, "lines"));
    file.append("one");
    file.close();
    const others = newOwners();
    file.append("two");
    file.close();
    file.flush();
    file.discard();
    assert.equal(others(), 8);
    assert.equal(readFileSync(join(directory, "lines"), "utf8"), "one\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const long = "x".repeat(10_000);

test("what finds no room waits and is written when there is some: in order, no line in part", { skip }, () => {
  using disk = new TinyDisk();
  const path = join(disk.path, "lines");
  const file = new PatientFile(path);
  file.append("one");
  disk.fill();
  for (const line of [long, "three", "four"]) file.append(line);
  assert.ok(file.waiting.length >= 2, `${file.waiting.length} wait`);
  assert.match(readFileSync(path, "utf8"), /^one\n(?:x{10000}\n)?$/);
  assert.equal(file.flush(), false);
  disk.release();
  assert.equal(file.flush(), true);
  file.append("five");
  file.close();
  assert.equal(readFileSync(path, "utf8"), ["one", long, "three", "four", "five", ""].join("\n"));
  assert.equal(new PatientFile(path).size, readFileSync(path).length);
});

test("while there is no room for them, a megabyte of last lines is kept", { skip }, () => {
  using disk = new TinyDisk();
  const file = new PatientFile(join(disk.path, "lines"));
  disk.fill();
  for (let number = 0; number < 300; number++) file.append(`${number} ${long}`);
  assert.ok(file.waiting.length > 90 && file.waiting.length < 110, String(file.waiting.length));
  assert.equal(file.waiting.at(-1), `299 ${long}`);
  file.discard();
});

test("the record of a build is whole for its reader while the disk is full, and after", { skip }, async () => {
  using disk = new TinyDisk();
  const logs = new BuildLogs(disk.path);
  const log = logs.create("b");
  const say = (seq: number): BuildEvent => ({
    seq,
    time: 1,
    type: "log",
    id: "v",
    stream: "stdout",
    text: `${seq}${long}`,
  });
  const read = async () => {
    const found: number[] = [];
    for await (const { seq } of logs.read("b")) found.push(seq);
    return found;
  };
  log.append(say(0));
  disk.fill();
  for (const seq of [1, 2, 3]) log.append(say(seq));
  log.close();
  assert.deepEqual(await read(), [0, 1, 2, 3]);
  disk.release();
  for (let tries = 0; !readFileSync(join(disk.path, "b.ndjson"), "utf8").includes(`"seq":3`); tries++) {
    assert.ok(tries < 600, "what waited was not written");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(await read(), [0, 1, 2, 3]);
});

test("a full disk does not turn what was done into an error: its entry in the audit log waits", { skip }, () => {
  using disk = new TinyDisk();
  const log = new AuditLog(disk.path);
  const entry = { method: "DELETE", path: "/containers/box", about: {}, status: 204 };
  disk.fill();
  for (let number = 0; number < 100; number++) log.note("ada", entry);
  disk.release();
  log.note("ada", { ...entry, path: "/containers/last" });
  log.close();
  const lines = readFileSync(join(disk.path, "audit/audit.jsonl"), "utf8").trim().split("\n");
  assert.equal(lines.length, 101);
  assert.match(lines.at(-1) ?? "", /"path":"\/containers\/last"/);
});

test("a start that finds no room for mount points says so, not what the runtime makes of it", { skip }, () => {
  using disk = new TinyDisk();
  const error = () =>
    startError(new Error("open `/r/etc/hostname`: No such file or directory"), "sh", "create", {
      rootfs: disk.path,
      sources: new Map(),
    });
  assert.equal(error().code, "internal");
  disk.fill();
  assert.equal(error().code, "resource_exhausted");
  assert.match(error().message, /^no space left on the disk: the container's files could not be made/);
});
