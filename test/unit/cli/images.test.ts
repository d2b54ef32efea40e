import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { inWords, isArchive } from "../../../server/cli/images.ts";

const directory = mkdtempSync(join(tmpdir(), "drydock-images-"));
after(() => rmSync(directory, { recursive: true }));

test("an archive is known by how it begins, whatever it is called", () => {
  const tar = execFileSync("tar", ["-C", directory, "-cf", "-", "."]);
  const file = join(directory, "any");
  for (const [bytes, expected] of [
    [tar, true],
    [gzipSync(tar), true],
    [zstdCompressSync(tar), true],
    [Buffer.from("FROM busybox\n"), false],
    [Buffer.alloc(0), false],
    [Buffer.alloc(10_240), false],
  ] as const) {
    writeFileSync(file, bytes);
    assert.equal(isArchive(file), expected, `${bytes.length} bytes`);
  }
});

test("what cannot be unpacked is told for a person", () => {
  assert.equal(
    inWords("Error processing tar file(exit status 1): unexpected EOF"),
    "It cannot be unpacked (unexpected EOF). Was it copied whole? Make it anew: docker save -o FILE IMAGE",
  );
  assert.equal(inWords("no space left on device"), "no space left on device");
});
