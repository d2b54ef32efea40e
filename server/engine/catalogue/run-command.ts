import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Cancelled, Unavailable } from "../errdefs/errors.ts";

/** Nothing of the daemon's own environment reaches package scripts. */
const plainEnvironment = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};
const keptLines = 15;
const maxOutput = 4 << 20;

/**
 * Runs a program of this machine to its end.
 * @returns what it wrote to stdout, 4 MiB at most
 * @throws Unavailable with its last lines if it fails or is missing; Cancelled
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: {
    signal?: AbortSignal | undefined;
    onLine?: ((line: string) => void) | undefined;
    env?: Record<string, string>;
    cwd?: string;
  },
): Promise<string> {
  const { signal, onLine } = options;
  if (signal?.aborted === true) {
    throw new Cancelled(`${command} was cancelled`, { cause: signal.reason });
  }
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...plainEnvironment, ...options.env } as unknown as NodeJS.ProcessEnv,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A group of its own, so that what it started goes with it.
    detached: true,
  });
  const last: string[] = [];
  let output = "";
  const note = (line: string) => {
    last.push(line);
    if (last.length > keptLines) {
      last.shift();
    }
    onLine?.(line);
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output = output.length > maxOutput ? output : output + chunk;
  });
  createInterface({ input: child.stdout }).on("line", note);
  createInterface({ input: child.stderr }).on("line", note);
  const onAbort = () => {
    if (child.pid !== undefined) {
      killGroup(child.pid);
    }
  };
  signal?.addEventListener("abort", onAbort);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, name) => resolve(code ?? name ?? "unknown"));
    });
    if (code !== 0) {
      if (isAborted(signal)) {
        throw new Cancelled(`${command} was cancelled`, { cause: signal?.reason });
      }
      throw new Unavailable(`${command} failed (${code}): ${last.join("\n")}`);
    }
    return output;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new Unavailable(`${command} is not installed on this machine`, { cause: error });
    }
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Aborted by now: it may not have been a moment ago. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
