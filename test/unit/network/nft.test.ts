import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runNft } from "../../../server/engine/network/nft.ts";

const path = process.env["PATH"];
const directory = mkdtempSync(join(tmpdir(), "drydock-nft-"));

/** Stands for nft: 1.0.9 (Ubuntu 24.04) reads a script from a regular file only, and Node's pipes are sockets. */
before(() => {
  const script = `#!/bin/sh
[ "$*" = "-f -" ] || exit 2
[ -f /dev/stdin ] || { echo 'Error: Not a regular file: "/dev/stdin"' >&2; exit 1; }
case $(cat) in *broken*) echo 'Error: syntax error' >&2; exit 1 ;; esac
wc -c </dev/stdin`;
  writeFileSync(join(directory, "nft"), script);
  chmodSync(join(directory, "nft"), 0o755);
  process.env["PATH"] = `${directory}:${path}`;
});
after(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

test("a script of any length is a regular file to nft", async () => {
  const script = "add table ip t # ü\n".repeat(20_000);
  assert.equal((await runNft(script)).trim(), String(Buffer.byteLength(script)));
  assert.equal((await runNft("")).trim(), "0");
});

test("nft's own words are told", async () => {
  await assert.rejects(runNft("broken"), /nft failed: Error: syntax error/);
});
