import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { commandLineOf, environmentOf } from "../../../server/engine/runtime/command-line.ts";

test("words and variables of a process, as far as 64 KiB go", async (t) => {
  const long = Array.from({ length: 10 }, () => "x".repeat(100_000));
  const child = spawn("sh", ["-c", "echo begun; read line", ...long], {
    env: { ...process.env, FIRST: "1", LONG: "x".repeat(100_000) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  await once(child.stdout, "data");
  const words = commandLineOf(Number(child.pid));
  assert.deepEqual(words.slice(0, 3), ["sh", "-c", "echo begun; read line"]);
  assert.equal(words.join("\0").length, 64 * 1024);
  assert.equal(environmentOf(Number(child.pid)).join("\0").length, 64 * 1024);
  assert.ok(environmentOf(Number(child.pid)).includes("FIRST=1"));
});

test("a process that has ended has none", () => {
  const { pid } = spawnSync("true");
  assert.deepEqual([commandLineOf(pid), environmentOf(pid)], [[], []]);
});
