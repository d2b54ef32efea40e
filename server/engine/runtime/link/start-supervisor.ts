import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Internal } from "../../errdefs/errors.ts";
import { clonedBinary } from "../drivers/read-only-program.ts";

export interface SupervisorPlace {
  /** the supervisor's own directory */
  dir: string;
  /** see Keeper.mountNamespace */
  mountNamespace: string | undefined;
  log: (line: string) => void;
}

/** It holds little, and nobody waits for its garbage collection: small heaps keep it small. */
const nodeOptions = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=1", "--max-old-space-size=192"];

/**
 * Starts the supervisor, in a session of its own, so that it outlives us; resolves when it listens. There must be none.
 * @throws Internal when it does not start
 */
export async function startSupervisor(place: SupervisorPlace): Promise<void> {
  await mkdir(place.dir, { recursive: true, mode: 0o700 });
  const main = join(import.meta.dirname, "../supervisor/main.ts");
  const supervisor = [process.execPath, ...nodeOptions, main, place.dir];
  // A mount namespace is entered at its root.
  const inNamespace = ["nsenter", `--mount=${place.mountNamespace}`, "--wd=/", ...supervisor];
  const [program = "", ...args] = place.mountNamespace === undefined ? supervisor : inNamespace;
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...process.env, ...clonedBinary },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (said.length < 20) said.push(line);
    place.log(line);
  });
  const ready = once(child.stdout, "data").then(() => undefined);
  const ended = once(child, "exit").then(([code]) => `exit status ${code}`);
  const failed = await Promise.race([ready, ended]);
  if (failed !== undefined) {
    throw new Internal(`the containers' supervisor could not be started (${failed}): ${said.join("; ")}`);
  }
  child.stdout.destroy();
  (child.stderr as unknown as { unref(): void }).unref();
  child.unref();
}
