import assert from "node:assert/strict";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Reaper } from "#engine/runtime/supervisor/reaper.ts";
import { spawnProgram } from "#engine/runtime/supervisor/spawn.ts";

const dir = mkdtempSync(join(tmpdir(), "drydock-spawn-"));
after(() => rmSync(dir, { recursive: true }));
const reaper = new Reaper();

async function run(script: string): Promise<{ code: number; text: string }> {
  const path = join(dir, "output");
  const output = openSync(path, "w");
  try {
    const { code } = await reaper.run("/bin/sh", ["-c", script], [undefined, output, output]);
    return { code, text: readFileSync(path, "utf8") };
  } finally {
    closeSync(output);
  }
}

test("a runtime begins with no signal blocked or ignored, no umask, and no descriptor but its three", async () => {
  const held = openSync("/dev/zero", "r");
  const { code, text } = await run(
    "grep -E '^Sig(Blk|Ign)' /proc/self/status; umask; readlink /proc/$$/fd/0; ls -l /proc/$$/fd | grep -c zero; echo \"$PATH\"",
  );
  closeSync(held);
  assert.equal(code, 0);
  const zeros = "0".repeat(16);
  const path = process.env["PATH"] ?? "";
  assert.equal(text, `SigBlk:\t${zeros}\nSigIgn:\t${zeros}\n0000\n/dev/null\n0\n${path}\n`);
  assert.notEqual(process.umask(), 0, "the caller's own is as it was");
});

test("a runtime is no part of the supervisor's session, which goes before others", async () => {
  assert.equal((await run(`test "$(cut -d ' ' -f 6 /proc/$$/stat)" = $$`)).code, 0);
});

test("how it ended: by itself or by a signal", async () => {
  assert.equal((await run("exit 7")).code, 7);
  assert.equal((await run("kill -9 $$")).code, 137);
});

test("a program that is not there", async () => {
  await assert.rejects(
    async () => reaper.run("/nowhere/crun", [], [undefined, undefined, undefined]),
    /^Internal: \/nowhere\/crun cannot be run: ENOENT$/,
  );
});

test("the pid of who is kept is no other's until it is let go, and hides nobody's end", async () => {
  const began = spawnProgram("/bin/sh", ["-c", "exit 3"], [undefined, undefined, undefined]);
  assert.equal((await reaper.exitOf(began, 0, { keep: true })).code, 3);
  assert.equal((await run("exit 7")).code, 7);
  const unasked = spawnProgram("/bin/sh", ["-c", "exit 5"], [undefined, undefined, undefined]);
  while (stateOf(unasked) !== undefined) await run("true");
  assert.equal(stateOf(began), "Z", "it is in the process table");
  reaper.letGo(began);
  assert.equal(stateOf(began), undefined);
});

function stateOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? /\) (\w)/.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}
