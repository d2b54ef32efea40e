import { execFile } from "node:child_process";
import { programLimit } from "./patience.ts";

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. Never rejects: the status says. */
export function run(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string | undefined> } = {},
) {
  return new Promise<Outcome>((resolve) => {
    const child = execFile(
      program,
      args,
      {
        env: { ...process.env, ...options.env },
        maxBuffer: 64 * 1024 * 1024,
        timeout: programLimit,
        killSignal: "SIGKILL",
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 255;
        resolve({ status, stdout, stderr });
      },
    );
    // A program need not read its input.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}
