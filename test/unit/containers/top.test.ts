import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { listProcesses } from "../../../server/engine/containers/top.ts";

const own = [process.pid];
const ids = { hostBase: 0, size: 65_536 };

test("columns are chosen, of the container's processes alone", async () => {
  const { titles, processes } = await listProcesses(own, "-eo pid,args", ids);
  assert.deepEqual(titles, ["PID", "COMMAND"]);
  assert.deepEqual(
    processes.map(([pid]) => pid),
    [String(process.pid)],
  );
});

test("no other column passes for the process's number", async () => {
  // Process 1 has another's number in each of these: taken for a number, they would show its row.
  for (const columns of ["ppid=PID,args", "pgid=PID,args", "args=PID,pid", "pid=X,ppid=PID"]) {
    for (const options of [`-eo ${columns}`, `-eo${columns}`, `-e --format=${columns}`, `axo ${columns}`]) {
      await assert.rejects(listProcesses([0, 1], options, ids), /headings of your own are not taken/, options);
    }
  }
  await assert.rejects(listProcesses(own, "-e -o PID%a", ids), /headings of your own/);
  assert.equal((await listProcesses(own, "-eo pid,args --sort=-rss", ids)).processes.length, 1);
});

test("of arguments without end, which many processes share, so much is told", async (t) => {
  const args = Array.from({ length: 15 }, () => "x".repeat(131_000));
  const long = spawn("sh", ["-c", "echo begun; read line", ...args], { stdio: "pipe" });
  t.after(() => long.kill());
  await once(long.stdout, "data");
  const listed = async (count: number) =>
    (
      await listProcesses(
        Array.from({ length: count }, () => Number(long.pid)),
        "",
        ids,
      )
    ).processes.map((row) => row.at(-1));
  const [alone = ""] = await listed(1);
  assert.match(alone, /^sh -c echo begun; read line x{100000}/);
  const together = (await listed(500)).join("");
  assert.match(together, /^sh -c echo begun; read line x{10000}/);
  assert.ok(together.length < 32 * 1024 ** 2, `${together.length} bytes`);
});

test("whether the machine has a process of some name or number is not told", async () => {
  const none = await listProcesses([process.pid], "-C no-such-program", ids);
  assert.deepEqual(none.processes, []);
  const another = await listProcesses([process.pid], "-p 1", ids);
  assert.deepEqual(another, await listProcesses([process.pid], "-p 4194303", ids));
});
