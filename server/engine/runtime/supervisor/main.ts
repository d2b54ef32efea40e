import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { favourThisSession, favourThisThread } from "../../concurrency/priority.ts";
import { processStartTime } from "../link/process-id.ts";
import { TtrpcServer } from "../link/ttrpc-server.ts";
import { protectFromOom } from "./oom-score.ts";
import { Reaper } from "./reaper.ts";
import { TaskServer } from "./task-server.ts";

/**
 * The supervisor of all containers: a process of its own, which goes on when `drydockd` is restarted or killed. It is
 * the parent of the containers' processes, knows how they ended, and holds their terminals. What they write goes
 * straight from them into FIFOs.
 *
 * Arguments: its directory, in which it makes `socket` (containerd's task API over ttrpc) and `pid`; how often it looks
 * whether anybody needs it.
 */
/** Milliseconds. */
const checkInterval = 5_000;
const [dir = ".", interval = checkInterval] = process.argv.slice(2);
const report = (error: unknown): void => void process.stderr.write(`supervisor: ${String(error)}\n`);
// All containers depend on it: one call that goes wrong must not take them along.
process.on("uncaughtException", report);
process.on("unhandledRejection", report);
// drydockd, which reads what is written here, may have gone.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

protectFromOom();
favourThisThread();
favourThisSession();
const pidFile = join(dir, "pid");
const identity = `${process.pid} ${processStartTime(process.pid)}`;
const isKnown = (): boolean => existsSync(pidFile) && readFileSync(pidFile, "utf8") === identity;
const end = (): void => {
  if (isKnown()) rmSync(pidFile, { force: true });
  process.exit(0);
};
const tasks = new TaskServer(new Reaper(), end);
const server = new TtrpcServer((service, method, payload) => tasks.answer(service, method, payload));
await server.listen(join(dir, "socket"));
writeFileSync(pidFile, identity, { mode: 0o600 });
process.stdout.write("ready\n");

let unused = 0;
setInterval(() => {
  if (!isKnown()) {
    // Its directory was removed beneath it: no drydockd finds it any more.
    tasks.abandon();
    end();
  }
  unused = tasks.isEmpty && server.connections === 0 ? unused + 1 : 0;
  // The next drydockd, if one comes, starts another.
  if (unused > 2) end();
}, Number(interval));
