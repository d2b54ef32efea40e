import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { CommandError } from "./command-error.ts";

/** Prints one line per step of a set-up, with a running clock on terminals. */
export async function step<T>(title: string, body: (say: (detail: string) => void) => Promise<T>): Promise<T> {
  const started = Date.now();
  const { stdout } = process;
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  let detail = "";
  const draw = () =>
    stdout.write(`\r\u001B[K· ${title} … ${seconds()}${detail === "" ? "" : ` (${detail.slice(0, 60)})`}`);
  const timer = stdout.isTTY ? setInterval(draw, 500) : undefined;
  if (stdout.isTTY) {
    draw();
  } else {
    stdout.write(`· ${title} …\n`);
  }
  try {
    const result = await body((text) => {
      detail = text;
    });
    stdout.write(stdout.isTTY ? `\r\u001B[K✓ ${title} (${seconds()})\n` : `✓ ${title} (${seconds()})\n`);
    return result;
  } catch (error) {
    stdout.write(stdout.isTTY ? `\r\u001B[K✗ ${title} (${seconds()})\n` : `✗ ${title} (${seconds()})\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

export interface RunOptions {
  /** gets all output; its end is quoted when the command fails */
  log: string;
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** what to do about a failure, put after the quoted output */
  hint?: string;
  onLine?: (line: string) => void;
}

/** Runs a program to its end. @throws CommandError with the last lines of its output */
export async function run(program: string, args: string[], options: RunOptions): Promise<void> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "w" });
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false });
    stream.on("data", (chunk: Buffer) => {
      const line = chunk.toString().trim().split("\n").at(-1);
      if (line !== undefined && line !== "") options.onLine?.(line);
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(exitCode ?? signal ?? 1));
  });
  log.end();
  await finished(log);
  if (code !== 0) {
    const tail = readFileSync(options.log, "utf8").trim().split("\n").slice(-12).join("\n");
    const hint = options.hint === undefined ? "" : `\n${options.hint}`;
    throw new CommandError(
      `${program} ${args.slice(0, 3).join(" ")} failed (${code}):\n${tail}\n(all of it: ${options.log})${hint}`,
    );
  }
}
