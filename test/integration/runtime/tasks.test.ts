import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isEngineError } from "#engine/errdefs/errors.ts";
import type { Process, RuntimeName } from "#engine/runtime/task.ts";
import { finish, Machine, newId, tenant, textOf, whyNotRuntime } from "./machine.ts";

const root = { uid: 0, gid: 0, additionalGids: [] };

for (const runtime of ["crun", "runc"] as const satisfies RuntimeName[]) {
  describe(`tasks in supervisors, ${runtime}`, { skip: whyNotRuntime(runtime) ?? false }, () => {
    const machine = new Machine();
    before(() => machine.start());
    after(() => machine.dispose());

    test("a program runs as root of its own namespaces, its streams apart, and leaves nothing", async () => {
      const script = "id -u; cat /proc/self/uid_map; echo $$; echo oops >&2; exit 3";
      const result = await finish(await machine.create(runtime, ["sh", "-c", script]));
      const [uid, map, pid] = result.stdout.trim().split("\n");
      assert.equal(result.code, 3);
      assert.equal(uid, "0");
      assert.match(map ?? "", /^\s*0\s+1300000\s+65536$/);
      assert.equal(pid, "1");
      assert.equal(result.stderr, "oops\n");
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("what Docker forbids is forbidden", async () => {
      const script =
        "unshare -m true 2>&1; mount -t tmpfs x /tmp 2>&1; echo 1 2>&1 >/proc/sys/kernel/pid_max; head -c1 /proc/kcore | wc -c";
      const result = await finish(await machine.create(runtime, ["sh", "-c", script]));
      assert.match(result.stdout, /unshare.*Operation not permitted/);
      assert.match(result.stdout, /mount.*(permission denied|Operation not permitted)/i);
      assert.match(result.stdout, /\n0\n$/);
    });

    test("a missing program is told in runc's words, and nothing is left", async () => {
      await assert.rejects(
        async () => finish(await machine.create(runtime, ["nosuch"])),
        (error) =>
          isEngineError(error, "invalid_argument") &&
          error.message.includes('exec: "nosuch": executable file not found in $PATH: unknown'),
      );
      await assert.rejects(
        async () => finish(await machine.create(runtime, ["/bin/plain"])),
        (error) => isEngineError(error, "invalid_argument") && error.message.includes("permission denied"),
      );
      await assert.rejects(
        async () => finish(await machine.create(runtime, ["/nosuch/x"])),
        (error) => isEngineError(error, "invalid_argument") && error.message.includes("no such file or directory"),
      );
      for (const { id } of await machine.tasks.list()) await machine.tasks.purge(id, tenant);
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("stdin reaches the program and its end is seen", async () => {
      const task = await machine.create(runtime, ["cat"], { stdin: true });
      task.io.stdin?.write("one\n");
      const running = finish(task);
      task.io.stdin?.end("two\n");
      const result = await running;
      assert.equal(result.stdout, "one\ntwo\n");
      assert.equal(result.code, 0);
    });

    test("a megabyte arrives whole though nobody reads at first", async () => {
      const task = await machine.create(runtime, ["sh", "-c", "yes 0123456789abcde | head -n 65536"]);
      await task.start();
      const text = await textOf(task.io.stdout);
      assert.equal(text.length, 1 << 20);
      assert.equal((await task.wait()).code, 0);
      await task.delete();
    });

    test("a terminal has a size, which changes", async () => {
      const task = await machine.create(runtime, ["sh"], {
        terminal: true,
        stdin: true,
        size: { columns: 100, rows: 30 },
      });
      const output = textOf(task.io.stdout);
      await task.start();
      await task.resize(120, 40);
      task.io.stdin?.write("tty; stty size; exit 5\n");
      const { code } = await task.wait();
      const text = await output;
      await task.delete();
      assert.match(text, /\/dev\/(pts\/0|console)/);
      assert.match(text, /40 120/);
      assert.equal(code, 5);
    });

    test("execs run beside it, with streams, exit codes, users and errors of their own", async () => {
      const task = await machine.create(runtime, ["sleep", "100"]);
      await task.start();
      const exec = (args: string[], more: object = {}): Promise<Process> =>
        task.exec({
          id: newId().slice(0, 16),
          args,
          env: ["PATH=/bin"],
          cwd: "/work",
          user: root,
          terminal: false,
          stdin: false,
          ...more,
        });
      const first = await exec(["sh", "-c", "pwd; id -u; id -g; exit 7"], {
        user: { uid: 1000, gid: 1001, additionalGids: [] },
      });
      const text = textOf(first.io.stdout);
      await first.start();
      assert.ok(first.pid > 0);
      assert.equal((await first.wait()).code, 7);
      assert.equal(await text, "/work\n1000\n1001\n");
      await first.delete();

      const bad: [string[], object, RegExp][] = [
        [["nosuch"], {}, /OCI runtime exec failed: exec failed: .*exec: "nosuch": executable file not found in \$PATH/],
        [["/bin/plain"], {}, /permission denied/],
        [["true"], { cwd: "/nosuch" }, /nosuch.*no such file or directory/],
      ];
      for (const [args, more, pattern] of bad) {
        const failing = await exec(args, more);
        await assert.rejects(
          () => failing.start(),
          (error) => isEngineError(error, "invalid_argument") && pattern.test(error.message),
          args[0],
        );
        await failing.delete();
      }

      // crun gives the terminal its size when the program has started already: until then stty prints nothing.
      const terminal = await exec(
        ["sh", "-c", 'until s=$(stty size 2>&-) && [ -n "$s" ]; do sleep 0.05; done; echo $s; cat'],
        {
          terminal: true,
          stdin: true,
          size: { columns: 90, rows: 20 },
        },
      );
      const echoed = textOf(terminal.io.stdout);
      await terminal.start();
      terminal.io.stdin?.write("hello\n\u0004");
      assert.equal((await terminal.wait()).code, 0);
      // What is typed is echoed when it arrives, which may be before the size is printed.
      assert.match(await echoed, /20 90\r\n(hello\r\n)+$/);
      await terminal.delete();

      assert.ok((await task.pids()).includes(task.pid));
      await task.kill(9);
      assert.equal((await task.wait()).code, 137);
      await assert.rejects(
        () => task.kill(15),
        (error) => isEngineError(error, "not_found"),
      );
      await task.delete();
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("metrics, pause and resume, a changed limit", async () => {
      const task = await machine.create(runtime, ["sleep", "100"], { limits: { memory: 64 << 20, pids: 20 } });
      await task.start();
      const metrics = await task.metrics();
      assert.equal(metrics.memory.limit, 64 << 20);
      assert.equal(metrics.pids.limit, 20);
      // Threads count, and runc's own start has some.
      assert.ok(metrics.pids.current >= 1);
      assert.ok(metrics.cpu.totalNs > 0);
      await task.pause();
      await task.resume();
      await task.update({ memory: { limit: 96 << 20 }, pids: { limit: 30 } });
      assert.equal((await task.metrics()).memory.limit, 96 << 20);
      await machine.tasks.purge(task.id, tenant);
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("one joins the network of another", async () => {
      const first = await machine.create(runtime, ["sleep", "100"]);
      await first.start();
      const ns = (type: string) => ({ path: `/proc/${first.pid}/ns/${type}` });
      const second = await machine.create(runtime, ["ls", "-l", "/proc/self/ns/net"], {
        namespaces: { network: ns("net"), user: ns("user") },
      });
      const expected = readlinkSync(ns("net").path);
      const { code, stdout } = await finish(second);
      assert.equal(code, 0);
      assert.ok(stdout.includes(expected));
      await machine.tasks.purge(first.id, tenant);
    });

    test("many at once", async () => {
      const tasks = await Promise.all(Array.from({ length: 6 }, () => machine.create(runtime, ["echo", "hi"])));
      const results = await Promise.all(tasks.map((task) => finish(task)));
      assert.deepEqual(
        results.map(({ stdout }) => stdout),
        Array(6).fill("hi\n"),
      );
      assert.deepEqual(await machine.leftovers(), []);
    });

    test("a program that takes too much memory is killed, and it is told why", async () => {
      const task = await machine.create(runtime, ["dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"], {
        limits: { memory: 32 << 20, memorySwap: 32 << 20 },
      });
      await task.start();
      assert.equal((await task.wait()).code, 137);
      assert.ok((await task.metrics()).memory.oomKills > 0);
      while (!machine.outOfMemory.includes(task.id)) await delay(5);
      await task.delete();
    });
  });
}

describe("tasks in supervisors, runsc", { skip: whyNotRuntime("runsc") ?? false }, () => {
  const machine = new Machine();
  before(() => machine.start());
  after(() => machine.dispose());

  test("a program runs on gVisor's kernel and its exit code is told", async () => {
    const task = await machine.create("runsc", ["sh", "-c", "id -u; head -n1 /proc/version; echo oops >&2; exit 3"]);
    const namespace = readlinkSync(`/proc/${task.pid}/ns/net`);
    const result = await finish(task);
    assert.equal(result.code, 3);
    assert.match(result.stdout, /^0\nLinux version 4\.4\.0/);
    assert.equal(result.stderr, "oops\n");
    assert.notEqual(namespace, readlinkSync("/proc/self/ns/net"));
    assert.deepEqual(await machine.leftovers(), []);
  });

  test("a missing program", async () => {
    await assert.rejects(
      async () => finish(await machine.create("runsc", ["nosuch"])),
      (error) => isEngineError(error, "invalid_argument") && error.message.includes('exec: "nosuch": executable file'),
    );
  });
});
