import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Internal } from "../errdefs/errors.ts";

/** Bytes of the files beneath. As dockerd: directories do not count, and a file with several names once. */
export async function bytesOf(directory: string): Promise<number> {
  const listing = ["-xdev", "!", "-type", "d", "-printf", String.raw`%D:%i %s\n`];
  const lines = (await runProgram("find", [directory, ...listing])).split("\n").filter((line) => line !== "");
  const sizes = new Map(lines.map((line): [string, number] => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** With owners, modes, times and links; `target` is there. */
export async function copyTree(source: string, target: string): Promise<void> {
  await runProgram("cp", ["--archive", "--no-target-directory", `${source}/.`, target]);
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

function runProgram(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-2_000)));
    child.on("error", (cause) => reject(new Internal(`${program}: ${cause.message}`, { cause })));
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Internal(`${program} ${args.join(" ")}: ${errors.trim()}`)),
    );
  });
}
