import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { FailedPrecondition, Internal, messageOf } from "../../errdefs/errors.ts";
import type { TenantId } from "../../tenants/tenant.ts";
import { clonedBinary } from "../drivers/read-only-program.ts";
import { isRunning } from "./process-id.ts";

const run = promisify(execFile);

/** The program, from Debian's and Ubuntu's package `containerd`. */
export const shimProgram = "containerd-shim-runc-v2";

const startTimeoutMs = 20_000;

/** containerd's name for a set of containers; ours keeps shims apart from those of a containerd on this machine. */
export const shimNamespace = "drydock";

/** How to reach a shim: printed by its `start`, kept in a file for drydockd's next life. */
export interface ShimAddress {
  socket: string;
  /** of the task API: 2 (containerd 1.x) or 3 (2.x) */
  version: number;
}

export interface ShimPlace {
  /** the shim's own directory: its working directory, with its log FIFO */
  dir: string;
  tenant: TenantId;
  /** socket of the event server */
  events: string;
  /** see Keeper.mountNamespace */
  mountNamespace: string | undefined;
}

/**
 * Starts the shim of a tenant, or finds the one that runs: all containers whose spec has the same group annotation
 * share a shim (containerd, runtime v2, "Container Level Shim Configuration"). It becomes a process of its own session
 * that outlives us. Its log FIFO (`log` in its directory) must have a reader by now.
 * @throws FailedPrecondition when the program is not installed
 */
export async function startShim(place: ShimPlace): Promise<ShimAddress> {
  await mkdir(place.dir, { recursive: true, mode: 0o700 });
  await writeFile(join(place.dir, "config.json"), JSON.stringify({ annotations: groupAnnotation(place.tenant) }));
  const shim = [
    shimProgram,
    "-namespace",
    shimNamespace,
    "-address",
    place.events,
    "-publish-binary",
    "/bin/true",
    "-id",
    `drydock-${place.tenant}`,
    "start",
  ];
  // A mount namespace is entered at its root: change the directory afterwards.
  const inNamespace = ["nsenter", `--mount=${place.mountNamespace}`, "sh", "-c", 'cd "$0" && exec "$@"', place.dir];
  const [program, ...args] = place.mountNamespace === undefined ? shim : [...inNamespace, ...shim];
  const env = { ...process.env, ...clonedBinary, TTRPC_ADDRESS: place.events, GOMAXPROCS: "2" };
  let printed: string;
  try {
    const starting = run(program as string, args, {
      cwd: place.dir,
      env,
      timeout: startTimeoutMs,
      killSignal: "SIGKILL",
    });
    // It reads options to the end of its input; there are none.
    starting.child.stdin?.end();
    printed = (await starting).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new FailedPrecondition(`${program} is not installed: install the package containerd`, { cause: error });
    }
    throw new Internal(`the shim of ${place.tenant} did not start: ${messageOf(error)}`, { cause: error });
  }
  const address = parseShimAddress(printed);
  await writeFile(addressFile(place.dir), JSON.stringify(address), { mode: 0o600 });
  return address;
}

/** The shim that was started in `dir` once; it need not live any more. */
export async function recordedShim(dir: string): Promise<ShimAddress | undefined> {
  try {
    return JSON.parse(await readFile(addressFile(dir), "utf8")) as ShimAddress;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** To be in the spec of every container of the tenant. */
export function groupAnnotation(tenant: TenantId): Record<string, string> {
  return { "io.containerd.runc.v2.group": `drydock-${tenant}` };
}

/** Output of `start`: a bare address (containerd up to 1.6), or JSON with `version`, `address`, `protocol`. */
export function parseShimAddress(printed: string): ShimAddress {
  const text = printed.trim();
  if (!text.startsWith("{")) return { socket: text.replace(/^unix:\/\//, ""), version: 2 };
  const answer = JSON.parse(text) as { version?: number; address?: string; protocol?: string };
  if (answer.protocol !== undefined && answer.protocol !== "ttrpc") {
    throw new FailedPrecondition(`this containerd's shim speaks ${answer.protocol}, and we know ttrpc only`);
  }
  return { socket: (answer.address ?? "").replace(/^unix:\/\//, ""), version: answer.version ?? 2 };
}

function addressFile(dir: string): string {
  return join(dir, "address.json");
}

/** Pids of the tenant's shims that report to this socket: one, or none. */
export function shimProcesses(tenant: TenantId, events: string): number[] {
  return globSync("/proc/[0-9]*/cmdline").flatMap((file) => {
    try {
      const args = readFileSync(file, "utf8").split("\0");
      const ours =
        args[0]?.endsWith(shimProgram) === true && args.includes(events) && args.includes(`drydock-${tenant}`);
      const pid = Number(file.split("/")[2]);
      return ours && isRunning(pid) ? [pid] : [];
    } catch {
      return []; // it has ended
    }
  });
}
