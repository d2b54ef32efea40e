import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLimit, limitFlags, parseLimit } from "../../../server/cli/tenant-limits.ts";

test("bytes are read with their units, as docker does", () => {
  const typed = ["512", "1k", "1.5g", "2GB", "3t", "none"];
  assert.deepEqual(
    typed.map((text) => parseLimit("memory", text)),
    [512, 1024, 1.5 * 2 ** 30, 2 * 2 ** 30, 3 * 2 ** 40, undefined],
  );
});

test("numbers of things take no unit, CPUs take parts", () => {
  assert.equal(parseLimit("containers", "12"), 12);
  assert.equal(parseLimit("cpus", "1.5"), 1.5);
  for (const [flag, text] of [
    ["containers", "1.5"],
    ["containers", "2k"],
    ["cpus", "2g"],
    ["memory", "lots"],
    ["memory", "-1"],
    ["pids", ""],
  ] as const) {
    assert.throws(() => parseLimit(flag, text), new RegExp(`--${flag} .*: expected .*, or none`), `${flag} ${text}`);
  }
});

test("a limit is shown as a person writes it", () => {
  assert.equal(formatLimit("memory", 1.5 * 2 ** 30), "1.5 GiB");
  assert.equal(formatLimit("disk", 0), "0 B");
  assert.equal(formatLimit("pids", 2048), "2048");
  assert.equal(new Set(limitFlags.map(({ flag }) => flag)).size, limitFlags.length);
});
