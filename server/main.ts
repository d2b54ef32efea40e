import { readConfig } from "./compose/config.ts";
import type { DaemonJson } from "./compose/daemon-json/schema.ts";
import { clear, Daemon } from "./compose/daemon.ts";
import { openLog } from "./compose/log.ts";
import { lockState } from "./compose/state-lock.ts";
import { favourThisSession, favourThisThread } from "./engine/concurrency/priority.ts";
import { messageOf } from "./engine/errdefs/errors.ts";
import { errnoCode } from "./engine/mount/errno.ts";

let settings: DaemonJson = {};
const log = openLog(
  (text) => process.stderr.write(text),
  () => settings,
);

async function main(): Promise<void> {
  if (process.argv.includes("--validate")) {
    validate();
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error("drydockd needs root for namespaces, control groups and mounts: run it with sudo");
  }
  // Files are made with the modes that the code says.
  process.umask(0o022);
  const config = readConfig(process.argv.slice(2), process.env);
  settings = config.daemon;
  const unlock = lockState(config.data);
  if (config.mode === "clear") {
    await clear(config, log);
    unlock();
    return;
  }
  let ending = false;
  const end = (containers: "stop" | "keep") => {
    if (ending) {
      return;
    }
    ending = true;
    daemon.stop(containers).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  if (!favourThisThread()) log("drydockd may not raise its own priority: busy containers can slow it down", "warn");
  favourThisSession();
  const daemon = await Daemon.start(config, log, end);
  settings = daemon.settings;
  process.on("SIGHUP", () => void daemon.reload().then(() => (settings = daemon.settings)));
  process.on("SIGTERM", () => end("keep"));
  process.on("SIGINT", () => end("keep"));
  // Containers go on in their link: a new drydockd takes them up from a state that is known.
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

/** As `dockerd --validate`, which says both on stderr. */
function validate(): void {
  try {
    readConfig(process.argv.slice(2), process.env);
    process.stderr.write("configuration OK\n");
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

function fail(error: unknown): never {
  log(`drydockd ends: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`, "fatal");
  process.exit(1);
}

main().catch((error: unknown) => {
  const hint =
    errnoCode(error) === "ENOSPC" ? ": make room on the disk of the data directory, then start it again" : "";
  process.stderr.write(`drydockd: ${messageOf(error)}${hint}\n`);
  process.exit(1);
});
