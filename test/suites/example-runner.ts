import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** `expect.json` of an example; see examples/README.md. */
export interface Example {
  title: string;
  steps: Step[];
  /** what the browser must show: an Open link on `port`, or `output` of the container */
  page?: { port?: number; sees?: string[]; output?: string[] };
  cleanup: string[][];
}

interface Seen {
  /** regular expressions, with `m` */
  sees?: string[];
  not?: string[];
  /** seconds to try for; 30 for `http`, once for `docker` */
  within?: number;
}

type Step = Seen & ({ docker: string[]; exit?: number } | { http: string; status: number });

export async function readExample(directory: string): Promise<Example> {
  return JSON.parse(await readFile(join(directory, "expect.json"), "utf8")) as Example;
}

/**
 * Carries out an example's steps with the docker command line and fails on the first that does not show what it must.
 *
 * @param options `docker` is the program, `host` the value of DOCKER_HOST, `name` a prefix of this run's own
 */
export async function runExample(
  directory: string,
  options: { docker: string; host: string; name: string; environment?: Record<string, string> },
): Promise<void> {
  const example = await readExample(directory);
  const port = await freePort();
  const fill = (text: string) => text.replaceAll("${name}", options.name).replaceAll("${port}", String(port));
  const docker = (args: string[]) =>
    run(options.docker, withBase(args).map(fill), directory, { ...options.environment, DOCKER_HOST: options.host });
  try {
    for (const step of example.steps) {
      const seen = { sees: (step.sees ?? []).map(fill), not: (step.not ?? []).map(fill) };
      if ("docker" in step) {
        await retried(step.within ?? 0, async () => {
          const { exit, output } = await docker(step.docker);
          const what = `docker ${step.docker.map(fill).join(" ")}`;
          assert.equal(exit, step.exit ?? 0, `${what}: exit status\n${output}`);
          check(what, output, seen);
        });
      } else {
        await retried(step.within ?? 30, async () => {
          const response = await fetch(fill(step.http), { signal: AbortSignal.timeout(50_000) });
          assert.equal(response.status, step.status, fill(step.http));
          check(fill(step.http), await response.text(), seen);
        });
      }
    }
  } finally {
    for (const args of example.cleanup) {
      await docker(args);
    }
  }
}

/** Without a registry there is a stand-in for this machine's own distribution only: the examples say how to name another. */
function withBase(args: string[]): string[] {
  const isUbuntu = /^ID=ubuntu$/m.test(readFileSync("/etc/os-release", "utf8"));
  return args[0] === "build" && isUbuntu ? ["build", "--build-arg", "BASE=ubuntu", ...args.slice(1)] : args;
}

function check(what: string, output: string, seen: { sees: string[]; not: string[] }): void {
  for (const wanted of seen.sees) {
    assert.match(output, new RegExp(wanted, "m"), `${what}: must show ${wanted}\n${output}`);
  }
  for (const unwanted of seen.not) {
    assert.doesNotMatch(output, new RegExp(unwanted, "m"), `${what}: must not show ${unwanted}\n${output}`);
  }
}

async function retried(seconds: number, attempt: () => Promise<void>): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() >= end) {
        throw error;
      }
    }
    await sleep(200);
  }
}

function run(
  program: string,
  args: string[],
  cwd: string,
  environment: Record<string, string>,
): Promise<{ exit: number; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    execFile(program, args, { cwd, env, maxBuffer: 64 << 20, timeout: 600_000 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") {
        reject(error);
      } else {
        resolve({ exit: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
      }
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
