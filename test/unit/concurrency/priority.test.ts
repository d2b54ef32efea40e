import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { hasten } from "#engine/concurrency/priority.ts";

/** ns of processor time that a thread asks for at once; undefined where the kernel does not tell */
function sliceOf(pid: number | "self"): number | undefined {
  const file = `/proc/${pid}/sched`;
  const [, slice] = (existsSync(file) ? /^se\.slice\s*:\s*(\d+)$/m.exec(readFileSync(file, "utf8")) : null) ?? [];
  return slice === undefined ? undefined : Number(slice);
}

const usual = sliceOf("self");
const skip = usual === undefined ? "this kernel does not tell slices (Linux 6.12, /proc/<pid>/sched)" : false;
const short = 100_000;

test("a process at a terminal asks for short slices, and its share stays what it is", { skip }, (t) => {
  const child = spawn("sleep", ["60"]);
  t.after(() => child.kill());
  const pid = child.pid ?? 0;
  const before = getPriority(pid);
  hasten(pid);
  assert.deepEqual([sliceOf(pid), getPriority(pid)], [short, before]);
});

test("who has ended is left alone", () => {
  const { pid } = spawnSync("true");
  assert.doesNotThrow(() => hasten(pid));
});

/** What a process says of the group in which its session is scheduled, after favouring it. */
function groupOf(options: { detached: boolean }): Promise<string> {
  const script = `
    import { readFileSync } from "node:fs";
    import { favourThisSession } from "#engine/concurrency/priority.ts";
    favourThisSession();
    process.stdout.write(readFileSync("/proc/self/autogroup", "utf8"));
  `;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  return text(
    spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"], ...options })
      .stdout,
  );
}

const group = existsSync("/proc/self/autogroup") ? readFileSync("/proc/self/autogroup", "utf8") : "";
const noGroup = group === "" ? "sessions are not scheduled as groups here (sched_autogroup)" : false;
const noRoot = process.getuid?.() === 0 ? false : "only root may favour a session";

test("a session of one's own goes before others", { skip: noGroup || noRoot }, async () => {
  assert.match(await groupOf({ detached: true }), / nice -5$/m);
});

test("another's session stays as it is", { skip: noGroup }, async () => {
  assert.equal(await groupOf({ detached: false }), group);
});

test("a favoured thread asks for short slices, what it starts does not", { skip }, () => {
  const script = `
    import { execFileSync } from "node:child_process";
    import { readFileSync } from "node:fs";
    import { getPriority } from "node:os";
import { text } from "node:stream/consumers";
    import { favourThisThread } from "#engine/concurrency/priority.ts";
    const slice = (text) => Number(/^se\\.slice\\s*:\\s*(\\d+)$/m.exec(text)[1]);
    const favoured = favourThisThread();
    const own = { nice: getPriority(), slice: slice(readFileSync("/proc/self/sched", "utf8")) };
    const [nice, ...sched] = execFileSync("sh", ["-c", "nice; cat /proc/self/sched"], { encoding: "utf8" }).split("\\n");
    console.log(JSON.stringify({ favoured, own, started: { nice: Number(nice), slice: slice(sched.join("\\n")) } }));
  `;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const said = JSON.parse(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" })) as {
    favoured: boolean;
    own: object;
    started: object;
  };
  const nice = getPriority();
  // Without CAP_SYS_NICE only the slice can be had, and goes over to what is started.
  assert.deepEqual(said.own, { nice: said.favoured ? -10 : nice, slice: short });
  assert.deepEqual(said.started, said.favoured ? { nice: 0, slice: usual } : { nice, slice: short });
});
