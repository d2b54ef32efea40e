import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Machine, newId, tenant, whyNotRuntime } from "./machine.ts";
import { logOutput } from "./settled-log.ts";

const daemon = join(import.meta.dirname, "killed-daemon.ts");
/** 600 numbered lines, two at a time, and then a large burst: more than any buffer but the FIFO's own holds */
const numbers =
  "i=0; while [ $i -lt 600 ]; do echo $i; i=$((i+1)); echo $i; i=$((i+1)); sleep 0.002; done; seq 600 4000; exit 9";
const expected = `${Array.from({ length: 4001 }, (_, i) => i).join("\n")}\n`;

for (const runtime of ["crun", "runc", "runsc"] as const) {
  describe(`drydockd is killed while containers run, ${runtime}`, { skip: whyNotRuntime(runtime) ?? false }, () => {
    const machine = new Machine();
    before(() => machine.start());
    after(() => machine.dispose());
    const logOf = (id: string): string => join(machine.dir, `log-${id}`);

    /** Starts a container in a process of its own, and kills that when `until` lines have been logged. */
    async function killAfter(id: string, until: number): Promise<void> {
      const log = logOf(id);
      const child = spawn(process.execPath, [daemon, machine.dir, runtime, id, numbers], { stdio: "inherit" });
      const ended = once(child, "exit");
      while (linesOf(log) < until && child.exitCode === null) await delay(5);
      child.kill("SIGKILL");
      await ended;
      assert.equal(child.signalCode, "SIGKILL", "it ended by itself");
    }

    /** Takes the container up again and reads it to its end. */
    async function takeUp(id: string): Promise<number> {
      const task = await machine.tasks.recover(id, tenant, { terminal: false, stdin: false, settled: true });
      assert.ok(task, "the task was not found again");
      const ended = once(logOutput(task, logOf(id)), "end");
      const { code } = await task.wait();
      await ended;
      await task.delete();
      return code;
    }

    test("one that still runs goes on: every line once, the exit code right", async () => {
      const id = newId();
      await killAfter(id, 20);
      assert.equal(await takeUp(id), 9);
      assert.equal(readFileSync(logOf(id), "utf8"), expected);
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("one that ended meanwhile: its last lines and its exit code are there", async () => {
      const id = newId();
      await killAfter(id, 20);
      const cgroup = `${machine.cgroupParent}/${id}`;
      while (machine.cgroups.pids(cgroup).length > 0) await delay(10);
      assert.equal(await takeUp(id), 9);
      assert.equal(readFileSync(logOf(id), "utf8"), expected);
    });

    test("what nobody knows any more is found and purged", async () => {
      const id = newId();
      await killAfter(id, 2);
      const known = (await machine.tasks.list()).map((task) => task.id);
      assert.deepEqual(known, [id]);
      await machine.tasks.purge(id, tenant);
      await machine.tasks.purge(id, tenant);
      assert.deepEqual(await machine.leftovers(), []);
      assert.equal(await machine.tasks.recover(id, tenant, { terminal: false, stdin: false }), undefined);
    });
  });
}

function linesOf(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}
