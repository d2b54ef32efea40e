import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { timeOfRequest } from "../concurrency/thread-time.ts";
import { Internal, isEngineError, ResourceExhausted } from "../errdefs/errors.ts";
import { decodeName } from "../mount/libc.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { asCharged } from "../runtime/cgroups/account.ts";

/** Bytes of the files beneath. As dockerd: directories do not count, and a file with several names once. */
export async function bytesOf(directory: string): Promise<number> {
  const listing = ["-xdev", "!", "-type", "d", "-printf", String.raw`%D:%i %s\n`];
  const lines = (await runProgram("find", [directory, ...listing])).split("\n").filter((line) => line !== "");
  const sizes = new Map(lines.map((line): [string, number] => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** So many names are moved before others get their turn. */
const batch = 200;

/**
 * Copies what is in `source` into the directory `target`, with owners, modes, times and links. Containers may write into
 * `target` meanwhile: what they have put there stays, and cp(1), which writes through links, never sees it. The copy is
 * made beside it, where nobody else gets, and moved name by name.
 */
export async function fillDirectory(source: string, target: string): Promise<void> {
  const time = timeOfRequest();
  const copy = await mkdtemp(join(dirname(target), ".filling-"));
  try {
    await runProgram("cp", ["--archive", "--no-target-directory", `${source}/.`, copy]);
    const names = (await readdir(copy, { encoding: "buffer" })).map(decodeName);
    using from = new SafeRoot(copy);
    using to = new SafeRoot(target);
    for (let at = 0; at < names.length; at += batch) {
      await time.spend(() => moveMissing(from, to, names.slice(at, at + batch)));
    }
  } finally {
    await deleteTree(copy);
  }
}

function moveMissing(from: SafeRoot, to: SafeRoot, names: readonly string[]): void {
  for (const name of names) {
    try {
      to.moveIn(from, name, name, { replace: false });
    } catch (error) {
      if (!isEngineError(error, "already_exists")) throw error;
    }
  }
}

/** Whether something is mounted there: it is on another device than its parent, or is the same directory as another. */
export function isMountPoint(path: string): boolean {
  return (
    existsSync(path) &&
    (statSync(path).dev !== statSync(dirname(path)).dev ||
      readFileSync("/proc/self/mountinfo", "utf8").includes(` ${path} `))
  );
}

/** rm(1) and not fs.rm: it descends by directory handles, so a tree deeper than PATH_MAX is deleted too. */
export async function deleteTree(path: string): Promise<void> {
  await runProgram("rm", ["--recursive", "--force", "--one-file-system", path]);
}

/** In the control group of whose request it is for. */
function runProgram(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const [first, ...rest] = asCharged([program, ...args]);
    const child = spawn(first, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-2_000)));
    child.on("error", (cause) => reject(new Internal(`${program}: ${cause.message}`, { cause })));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else if (signal === "SIGKILL") reject(new ResourceExhausted(`${program} was ended: your memory is used up`));
      else reject(new Internal(`${program} ${args.join(" ")}: ${errors.trim()}`));
    });
  });
}
