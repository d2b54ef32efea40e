import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { asCharged } from "../runtime/cgroups/account.ts";

/**
 * User ids that no account, distribution or tenant has: tenants' are below 2^31 (`tenants/id-ranges.ts`). Each process has
 * one of its own, so that none may trace or signal another.
 */
const ids = { first: 0xf000_0000, count: 0x0100_0000 };

/** What it may use: memory in bytes; what is written into files. Decompressing what `xz -9` made takes 65 MiB. */
const limits = ["--as=536870912", "--fsize=0", "--core=0"];

/** What a program reads from and writes to: a pipe to this process, or an open file. */
export type PowerlessStdio = readonly ["pipe" | number, "pipe" | number];

/**
 * Starts `program` (a full path) to read what strangers sent: as a user that nothing belongs to, without capabilities and any
 * way to get some, with no network, no words of ours in its environment, and little memory; all that it has is what it reads
 * from, what it writes to, and a pipe for its complaints. Its time and memory are charged to whose request it works for
 * (`currentAccount`). Who is not root has nothing to give up, and starts it with the limits alone.
 */
export function spawnPowerless(
  program: string,
  args: readonly string[],
  [input, output]: PowerlessStdio,
): ChildProcess {
  const id = ids.first + randomInt(ids.count);
  const alone = ["unshare", "--net", "--ipc", "--uts", "--"];
  const user = [`--reuid=${id}`, `--regid=${id}`, "--clear-groups"];
  const rights = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"];
  const confined = process.getuid?.() === 0 ? [...alone, "setpriv", ...user, ...rights] : [];
  const [first, ...rest] = asCharged(["prlimit", ...limits, ...confined, program, ...args]);
  const env = { PATH: process.env["PATH"], LC_ALL: "C" } as unknown as NodeJS.ProcessEnv;
  return spawn(first, rest, { stdio: [input, output, "pipe"], cwd: "/", env });
}
