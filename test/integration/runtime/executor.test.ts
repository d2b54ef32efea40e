import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isEngineError } from "#engine/errdefs/errors.ts";
import type { ExecutorOptions } from "#engine/runtime/task.ts";
import { TaskExecutor } from "#engine/runtime/task-executor.ts";
import { Machine, newId, tenant, whyNotRuntime } from "./machine.ts";

for (const runtime of ["crun", "runc"] as const) {
  describe(`build steps, ${runtime}`, { skip: whyNotRuntime(runtime) ?? false }, () => {
    const machine = new Machine();
    let executor: TaskExecutor;
    before(async () => {
      await machine.start();
      executor = new TaskExecutor({ tasks: machine.tasks });
    });
    after(async () => {
      await executor.idle();
      await machine.dispose();
    });

    async function run(args: string[], more: Partial<ExecutorOptions> & { memory?: number } = {}) {
      const id = newId();
      const output = { stdout: "", stderr: "" };
      const limits = more.memory === undefined ? {} : { memory: more.memory, memorySwap: more.memory };
      const result = await executor.run({
        id,
        tenant,
        runtime,
        spec: machine.spec(id, args, { limits }),
        rootfs: machine.rootfs,
        onStdout: (chunk) => void (output.stdout += chunk.toString()),
        onStderr: (chunk) => void (output.stderr += chunk.toString()),
        ...more,
      });
      return { ...result, ...output };
    }

    test("output, exit code, nothing left", async () => {
      const result = await run(["sh", "-c", "echo out; echo err >&2; exit 6"]);
      const { used, ...rest } = result;
      assert.deepEqual(rest, { code: 6, oomKilled: false, stdout: "out\n", stderr: "err\n" });
      assert.ok(used.cpu > 0 && used.memory > 0, JSON.stringify(used));
      await executor.idle();
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("its namespaces can be connected before the program runs", async () => {
      let namespace = "";
      const result = await run(["sh", "-c", "ls -l /proc/self/ns/net"], {
        onCreated: async (pid) => {
          await delay(20);
          namespace = readlinkSync(`/proc/${pid}/ns/net`);
        },
      });
      assert.notEqual(namespace, readlinkSync("/proc/self/ns/net"));
      assert.ok(result.stdout.includes(namespace), `${result.stdout} lacks ${namespace}`);
    });

    test("input", async () => {
      const result = await run(["wc", "-c"], { stdin: Readable.from([Buffer.alloc(300_000, "x")]) });
      assert.equal(result.stdout.trim(), "300000");
    });

    test("a slow reader makes the program wait", async () => {
      let read = 0;
      const result = await run(["sh", "-c", "yes | head -c 1000000"], {
        onStdout: async (chunk) => {
          await delay(1);
          read += chunk.length;
        },
      });
      assert.equal(read, 1_000_000);
      assert.equal(result.code, 0);
    });

    test("an abort kills everything of it", async () => {
      const controller = new AbortController();
      const running = run(["sh", "-c", "sleep 100 & sleep 100 & echo up; wait"], {
        signal: controller.signal,
        onStdout: () => controller.abort(new Error("enough")),
      });
      await assert.rejects(running, (error) => isEngineError(error, "cancelled"));
      await executor.idle();
      assert.deepEqual(await machine.leftovers(), []);
      assert.deepEqual(machine.cgroups.pids(machine.cgroupParent), []);
    });

    test("a program that is not there", async () => {
      await assert.rejects(run(["nosuch"]), (error) => isEngineError(error, "invalid_argument"));
      await executor.idle();
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("a failing connection ends it", async () => {
      const failing = run(["true"], { onCreated: () => Promise.reject(new Error("no network")) });
      await assert.rejects(failing, /no network/);
      await executor.idle();
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("out of memory is told", async () => {
      const result = await run(["sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1"], { memory: 32 << 20 });
      assert.notEqual(result.code, 0);
      assert.equal(result.oomKilled, true);
    });
  });
}
