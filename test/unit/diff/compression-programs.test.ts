import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { decompress } from "#engine/diff/compression.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-programs-"));
const path = process.env["PATH"];
after(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

const isRoot = process.getuid?.() === 0;

test(
  "what decompresses bzip2 and xz is a user that nothing belongs to",
  { skip: !isRoot && "who is not root starts it as the user that it is" },
  async () => {
    chmodSync(directory, 0o755);
    for (const [program, magic] of [
      ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
      ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
    ] as const) {
      // Who it is, what it may, where it is, and whether it can read what is root's alone.
      const script =
        '#!/bin/sh\ncat >/dev/null\nid -u; id -G; pwd; grep -E "^Cap(Eff|Prm)" /proc/self/status; cat /etc/shadow 2>/dev/null || echo closed\n';
      writeFileSync(join(directory, program), script, { mode: 0o755 });
      process.env["PATH"] = `${directory}:${path}`;
      const { stream } = await decompress(Readable.from([Buffer.from([...magic, ...Buffer.alloc(100)])]));
      const [uid, groups, cwd, permitted, effective, shadow] = (await text(stream)).split("\n");
      assert.deepEqual([uid, groups, cwd, shadow], ["65533", "65533", "/", "closed"], program);
      assert.match(`${permitted} ${effective}`, /^CapPrm:\s+0+ CapEff:\s+0+$/);
    }
  },
);
