import { appendFileSync, existsSync, statSync, truncateSync } from "node:fs";
import type { SettledOutput, Task } from "#engine/runtime/task.ts";

/** Logs what a task writes, and what its log has not of what was read before: whoever does so may be killed anywhere. */
export function logOutput(task: Task, log: string): SettledOutput {
  const output = task.io.stdout as SettledOutput;
  const append = (data: Buffer): void => {
    appendFileSync(log, data);
    output.settle(statSync(log).size, Buffer.alloc(0));
  };
  const { data, logEnd } = output.unsettled;
  if (existsSync(log)) truncateSync(log, logEnd);
  append(data);
  output.on("data", append);
  return output;
}
