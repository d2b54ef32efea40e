import { readConfig } from "./compose/config.ts";
import { clear, Daemon } from "./compose/daemon.ts";
import { lockState } from "./compose/state-lock.ts";
import { messageOf } from "./engine/errdefs/errors.ts";
import { errnoCode } from "./engine/mount/errno.ts";

const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

async function main(): Promise<void> {
  if (process.argv.includes("--validate")) {
    readConfig(process.argv.slice(2), process.env);
    process.stdout.write("configuration OK\n");
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error("drydockd needs root for namespaces, control groups and mounts: run it with sudo");
  }
  // Files are made with the modes that the code says.
  process.umask(0o022);
  const config = readConfig(process.argv.slice(2), process.env);
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
  const daemon = await Daemon.start(config, log, end);
  process.on("SIGHUP", () => void daemon.reload());
  process.on("SIGTERM", () => end("keep"));
  process.on("SIGINT", () => end("keep"));
  // Containers go on in their link: a new drydockd takes them up from a state that is known.
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

function fail(error: unknown): never {
  log(`drydockd ends: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
  process.exit(1);
}

main().catch((error: unknown) => {
  const hint =
    errnoCode(error) === "ENOSPC" ? ": make room on the disk of the data directory, then start it again" : "";
  process.stderr.write(`drydockd: ${messageOf(error)}${hint}\n`);
  process.exit(1);
});
