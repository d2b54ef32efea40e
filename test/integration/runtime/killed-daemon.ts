/** Stands for a drydockd: starts a container, logs its output as it comes, until it is killed. Run by restart.test.ts. */
import { appendFileSync } from "node:fs";
import { Machine } from "./machine.ts";

const [dir = "", runtime = "crun", id = "", script = ""] = process.argv.slice(2);
const machine = await new Machine(dir).start();
const task = await machine.create(runtime, ["sh", "-c", script], { id });
task.io.stdout.on("data", (chunk: Buffer) => appendFileSync(`${dir}/log`, chunk));
await task.start();
