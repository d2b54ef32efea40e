import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beyondMachine,
  formatLimit,
  limitFlags,
  machineLimits,
  parseLimit,
} from "../../../server/cli/tenant-limits.ts";

test("bytes are read with their units, as docker does", () => {
  const typed = ["512", "1k", "1.5g", "2GB", "3t", "none"];
  assert.deepEqual(
    typed.map((text) => parseLimit("swap", text)),
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

test("what nothing could run with is refused, with the least that may be set", () => {
  const refusals = {
    memory: ["0", "--memory 0: it is a number of 6 MiB or more, or none"],
    "open-files": ["0", "--open-files 0: it is a number of 20 or more, or none"],
    "requests-at-once": ["0", "--requests-at-once 0: it is a number of 5 or more, or none"],
    connections: ["1", "--connections 1: it is a number of 5 or more, or none"],
    "idle-hours": ["0", "--idle-hours 0: it is a number of 0.001 or more, or none"],
  };
  for (const [flag, [text = "", message]] of Object.entries(refusals)) {
    assert.throws(() => parseLimit(flag, text), { message });
  }
  for (const flag of ["swap", "ports", "execs", "builds"]) assert.equal(parseLimit(flag, "0"), 0, flag);
});

test("a limit is shown as a person writes it", () => {
  assert.equal(formatLimit("memory", 1.5 * 2 ** 30), "1.5 GiB");
  assert.equal(formatLimit("disk", 0), "0 B");
  assert.equal(formatLimit("pids", 2048), "2048");
  assert.equal(new Set(limitFlags.map(({ flag }) => flag)).size, limitFlags.length);
});

test("a limit above what the machine has is told, with what it has", () => {
  const machine = { cpus: 2, memory: 4 * 2 ** 30, disk: 2 ** 40 };
  assert.deepEqual(beyondMachine({ cpus: 2, memory: 2 ** 30, containers: 1000 }, machine), []);
  assert.deepEqual(beyondMachine({ cpus: 99, memory: 64 * 2 ** 30, disk: 2 ** 41 }, machine), [
    "--memory 64 GiB is more than this machine has (4 GiB): it holds nobody back",
    "--cpus 99 is more than this machine has (2): it holds nobody back",
    "--disk 2 TiB is more than this machine has (1 TiB): it holds nobody back",
  ]);
  const here = machineLimits(import.meta.dirname);
  assert.ok(here.cpus! >= 1 && here.memory! > 2 ** 26 && here.disk! > 2 ** 20, JSON.stringify(here));
  assert.equal(machineLimits("/no/such/place").disk, undefined);
});
