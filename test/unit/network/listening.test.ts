import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { listeningPorts } from "#engine/network/listening.ts";

test("of connections without end, which nobody accepted, the beginning is read, where what listens is", async (t) => {
  const proc = mkdtempSync(join(tmpdir(), "listening-"));
  t.after(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, "7/net"), { recursive: true });
  const row = (port: number, state: string) =>
    `   0: 00000000:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n`;
  const table = `  sl  local_address rem_address   st\n${row(80, "0A")}${row(80, "08").repeat(200_000)}${row(81, "0A")}`;
  for (const file of ["tcp", "tcp6", "udp", "udp6"])
    writeFileSync(join(proc, "7/net", file), file === "tcp" ? table : "");
  assert.deepEqual(await listeningPorts(7, proc), [{ protocol: "tcp", port: 80 }]);
});
