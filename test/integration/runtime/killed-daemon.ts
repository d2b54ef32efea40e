/** Stands for a drydockd: starts a container, logs its output as it comes, until it is killed. Run by restart.test.ts. */
import { Machine } from "./machine.ts";
import { logOutput } from "./settled-log.ts";

const [dir = "", runtime = "crun", id = "", script = ""] = process.argv.slice(2);
const machine = await new Machine(dir).start();
const task = await machine.create(runtime, ["sh", "-c", script], { id, settled: true });
logOutput(task, `${dir}/log-${id}`);
await task.start();
