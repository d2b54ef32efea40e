import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Internal } from "../errdefs/errors.ts";
import { asCharged } from "../runtime/cgroups/account.ts";
import { renameat2 } from "./libc.ts";
import { must } from "./safe-handle.ts";
import { fdPath } from "./safe-stat.ts";

/** `name` in the directory `fd` with all in it, by rm(1): it works on file descriptors too and has no depth limit. Charged to whose request it is for. */
export async function removeTree(fd: number, name: string, shown: string): Promise<void> {
  let argument = name;
  if (!name.isWellFormed()) {
    // Arguments of a process must be text: give the entry a name that is.
    argument = `.${randomBytes(9).toString("base64url")}.tmp`;
    must("renameat", renameat2(fd, name, fd, argument), shown);
  }
  const [program, ...args] = asCharged(["rm", "-rf", "--one-file-system", "--", argument]);
  const child = spawn(program, args, {
    cwd: fdPath(fd),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString().slice(0, 1000)));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) {
    throw new Internal(`removing ${shown}: ${complaint.trim() || `rm ended with ${status}`}`);
  }
}
