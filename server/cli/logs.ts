import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { readSettings } from "./settings.ts";
import { requireRoot } from "./setup.ts";
import { webProcesses } from "./webs.ts";

/** `./drydock logs [-f]` */
export async function run(args: string[]): Promise<number> {
  const { follow } = readArguments("logs", args, { follow: { type: "boolean", short: "f" } }).values;
  requireRoot();
  const settings = readSettings();
  const files = ["supervisor", "drydockd", ...webProcesses(settings).map(({ name }) => name)]
    .map((name) => join(settings.data, "log", `${name}.log`))
    .filter((file) => existsSync(file));
  if (files.length === 0)
    throw new CommandError(`nothing is logged yet in ${settings.data}/log: start Drydock with ./drydock up`);
  const child = spawn("tail", ["-n", "200", ...(follow === true ? ["-F"] : []), ...files], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 0)));
}
