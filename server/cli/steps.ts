import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { CommandError } from "./command-error.ts";

const quietMs = 10_000;
/** steps that run now, the one that began first before the others */
const running = new Set<string>();

/**
 * Prints one line per step of a set-up, with a running clock on terminals and a line every ten seconds elsewhere. Of
 * steps at a time the clock is the first one's, and lines say whose they are.
 */
export async function step<T>(title: string, body: (say: (detail: string) => void) => Promise<T>): Promise<T> {
  const started = Date.now();
  const { stdout } = process;
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  let detail = "";
  const draw = () => {
    if (running.values().next().value !== title) return;
    stdout.write(`\r\u001B[K· ${title} … ${seconds()}${detail === "" ? "" : ` (${detail.slice(0, 60)})`}`);
  };
  const whose = () => (running.size > 1 ? `${title.slice(0, 30)} ` : "");
  const tell = () => stdout.write(`  … ${whose()}${seconds()}${detail === "" ? "" : `: ${detail.slice(0, 100)}`}\n`);
  running.add(title);
  const timer = stdout.isTTY ? setInterval(draw, 500) : setInterval(tell, quietMs);
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
    running.delete(title);
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
  /** keeps the lock on the checkout until the program has ended, even if this process is killed before */
  holdsLock?: boolean;
}

/** The lock that the shell part took for this command; undefined where it took none. */
export function lockDescriptor(): number | undefined {
  const text = process.env["DRYDOCK_LOCK_FD"];
  return text === undefined ? undefined : Number(text);
}

/** Runs a program to its end. @throws CommandError with the last lines of its output */
export async function run(program: string, args: string[], options: RunOptions): Promise<void> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "w" });
  const logged = finished(log).catch((error: NodeJS.ErrnoException) => error);
  const lock = options.holdsLock === true ? lockDescriptor() : undefined;
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", ...(lock === undefined ? [] : [lock])],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    stream.pipe(log, { end: false });
    stream.on("data", (chunk: Buffer) => {
      const line = stripVTControlCharacters(chunk.toString())
        .trim()
        .split(/[\r\n]+/)
        .at(-1);
      if (line !== undefined && line !== "" && !line.startsWith("npm warn")) options.onLine?.(line);
    });
  }
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(exitCode ?? signal ?? 1));
  });
  log.end();
  const unlogged = await logged;
  if (unlogged !== undefined && code === 0) throw unlogged;
  if (code !== 0) {
    const tail = readFileSync(options.log, "utf8").trim().split("\n").slice(-12).join("\n");
    const advice = /ENOSPC|No space left on device/.test(tail)
      ? "The disk is full: make room, then run the same command again."
      : options.hint;
    const hint = advice === undefined ? "" : `\n${advice}`;
    throw new CommandError(
      `${program} ${args.slice(0, 3).join(" ")} failed (${code}):\n${tail}\n(all of it: ${options.log})${hint}`,
    );
  }
}
