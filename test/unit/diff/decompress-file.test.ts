import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { InvalidArgument, NotImplemented } from "#engine/errdefs/errors.ts";
import { decompressFile } from "#engine/diff/decompress-file.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-file-"));
const path = process.env["PATH"];
after(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

/** More than the pipe and the buffer hold. */
const bytes = randomBytes(2_500_001);

function fileOf(content: Uint8Array): string {
  const file = join(directory, "archive");
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** Pieces are valid until the next is asked for: they are hashed as they come. */
async function digestOf(content: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of decompressFile(fileOf(content))) {
    hash.update(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digest("hex");
}

/** What this process has open: pipes and the file. */
function opened(): number {
  const names = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the directory that was read
    }
  });
  return names.filter((name) => name.startsWith("pipe:") || name.startsWith(directory)).length;
}

test("a file decompressed is what it was, compressed or not, in one part or several", async () => {
  const before = opened();
  const expected = createHash("sha256").update(bytes).digest("hex");
  assert.equal(await digestOf(bytes), expected, "plain");
  assert.equal(await digestOf(gzipSync(bytes)), expected, "gzip");
  const halves = [bytes.subarray(0, 1000), bytes.subarray(1000)].map((half) => gzipSync(half));
  assert.equal(await digestOf(Buffer.concat(halves)), expected, "gzip in two members");
  const nothing = createHash("sha256").digest("hex");
  assert.deepEqual([await digestOf(Buffer.alloc(0)), await digestOf(gzipSync(""))], [nothing, nothing]);
  assert.equal(opened(), before);
});

test("zstd, bzip2 and xz, too", async (t) => {
  const expected = createHash("sha256").update(bytes).digest("hex");
  for (const program of ["zstd", "bzip2", "xz"]) {
    const packed = spawnSync(program, ["-1", "-c"], { input: bytes, maxBuffer: 1 << 26 });
    if (packed.error !== undefined) t.diagnostic(`${program} is not there`);
    else assert.equal(await digestOf(packed.stdout), expected, program);
  }
});

test("what is cut off or damaged is told, after what came before it", async () => {
  const packed = gzipSync(bytes);
  const before = opened();
  await assert.rejects(digestOf(packed.subarray(0, 2_000_000)), InvalidArgument);
  packed.writeUInt32LE(0, packed.length - 8);
  await assert.rejects(digestOf(packed), { name: "InvalidArgument", message: /^the gzip data is corrupt: / });
  assert.equal(opened(), before);
});

test("nothing stays open of one that is left early, aborted, or cannot begin", async () => {
  const before = opened();
  const file = fileOf(gzipSync(bytes));
  for await (const piece of decompressFile(file)) {
    assert.ok(piece.length > 0);
    break;
  }
  const abort = new AbortController();
  await assert.rejects(async () => {
    for await (const piece of decompressFile(file, abort.signal)) {
      assert.ok(piece.length > 0);
      abort.abort();
    }
  });
  for (const when of ["before", "while it is opened"]) {
    const early = new AbortController();
    if (when === "before") early.abort();
    const first = decompressFile(file, early.signal).next();
    early.abort();
    await assert.rejects(first, { name: "AbortError" }, when);
  }
  const plain = new AbortController();
  await assert.rejects(async () => {
    for await (const piece of decompressFile(fileOf(bytes), plain.signal)) {
      assert.ok(piece.length > 0);
      plain.abort();
    }
  });
  process.env["PATH"] = directory;
  await assert.rejects(digestOf(gzipSync(bytes)), NotImplemented);
  process.env["PATH"] = path;
  assert.equal(opened(), before);
});

test("the file's descriptor is closed once: what is opened next with its number stays open", async () => {
  const file = fileOf(bytes);
  for (const leave of ["early", "aborted"]) {
    const abort = new AbortController();
    const pieces = decompressFile(file, abort.signal);
    assert.ok(((await pieces.next()).value as Buffer).length > 0);
    if (leave === "aborted") {
      abort.abort();
      await assert.rejects(pieces.next());
    } else {
      await pieces.return(undefined);
    }
    const next = openSync(file, "r");
    await setTimeout(50);
    assert.doesNotThrow(() => closeSync(next), leave);
  }
});

test(
  "the program cannot write into the file that it reads",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async () => {
    const report = `#!/bin/sh
cat >/dev/null
readlink /proc/self/fd/0
(echo x >/proc/self/fd/0) 2>/dev/null && echo written
(echo x >&0) 2>/dev/null && echo written
id -u
`;
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, "igzip"), report, { mode: 0o755 });
    process.env["PATH"] = `${directory}:${path}`;
    let said = "";
    for await (const piece of decompressFile(fileOf(gzipSync(bytes)))) said += piece.toString();
    process.env["PATH"] = path;
    const [file, user, ...more] = said.trim().split("\n");
    assert.deepEqual([file, more], [join(directory, "archive"), []]);
    assert.ok(Number(user) > 2 ** 31, `a tenant's or an account's: ${user}`);
  },
);
