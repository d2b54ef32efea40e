import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");

/** Why these tests cannot run here; undefined if they can. */
export function whyNot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "drydockd needs root";
}

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. Never rejects: the status says. */
export function run(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: NodeJS.ProcessEnv } = {},
) {
  return new Promise<Outcome>((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 255;
        resolve({ status, stdout, stderr });
      },
    );
    child.stdin?.end(options.input ?? "");
  });
}

/** A real `drydockd` on directories, bridges, tables and cgroups of its own. */
export class Drydockd {
  readonly directory = mkdtempSync(join(tmpdir(), "ddc-"));
  readonly name = randomBytes(1).toString("hex");
  readonly runDirectory = join(this.directory, "r");
  readonly socket = join(this.runDirectory, "drydock.sock");
  #process: ChildProcess | undefined;
  #log = "";

  async start(): Promise<void> {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "server/main.ts")], {
      env: this.#env(),
      stdio: ["ignore", "inherit", "pipe"],
    });
    this.#process = child;
    child.stderr.on("data", (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    while (!(await this.answers())) {
      if (child.exitCode !== null) {
        throw new Error(`drydockd ended with ${child.exitCode}:\n${this.#log}`);
      }
      await delay(50);
    }
  }

  /** What it wrote to stderr. */
  get log(): string {
    return this.#log;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Stops all containers; nothing of it stays in the kernel. */
  async shutdown(): Promise<void> {
    const ended = this.#process === undefined ? undefined : once(this.#process, "exit");
    await this.call("POST", "/drydock/v1/shutdown", { containers: "stop" });
    await ended;
  }

  /** Ends it whatever state it is in, and removes all it made. */
  async dispose(): Promise<void> {
    await this.kill("SIGKILL");
    await run(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "server/main.ts"), "--clear"], {
      env: this.#env(),
    });
    rmSync(this.directory, { recursive: true, force: true });
  }

  answers(): Promise<boolean> {
    return this.call("GET", "/_ping").then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    socketPath = this.socket,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "Content-Type": "application/json" };
      const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The stock CLI against this engine. */
  docker(...args: string[]): Promise<Outcome> {
    return this.cli("docker", args);
  }

  cli(program: string, args: readonly string[], input?: string): Promise<Outcome> {
    const env = { DOCKER_HOST: `unix://${this.socket}`, DOCKER_CONFIG: join(this.directory, "config") };
    return run(program, args, { env, ...(input === undefined ? {} : { input }) });
  }

  /** A program on a pseudo-terminal (script(1)). */
  terminal(command: string, input = ""): Promise<Outcome> {
    return this.cli("script", ["-qefc", command, "/dev/null"], input);
  }

  /** Mounts, devices, tables and cgroups that carry this engine's names. */
  async traces(): Promise<string[]> {
    const mounts = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "")
      .filter((path) => path.startsWith(this.directory));
    const devices = (await run("ip", ["-o", "link"])).stdout
      .split("\n")
      .map((line) => line.split(": ")[1]?.split("@")[0] ?? "")
      .filter((device) => new RegExp(`^[dv]${this.name}[0-9a-f]{11,12}$`).test(device));
    const tables = (await run("nft", ["list", "tables"])).stdout
      .split("\n")
      .filter((line) => line.endsWith(`drydock-${this.name}`));
    const groups = (await run("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `drydock-${this.name}`])).stdout
      .split("\n")
      .filter(Boolean);
    const processes = (await run("pgrep", ["-fa", this.directory])).stdout
      .split("\n")
      .filter((line) => line !== "" && !line.includes("pgrep"));
    return [...mounts, ...devices, ...tables, ...groups, ...processes];
  }

  #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DRYDOCK_DATA: join(this.directory, "d"),
      DRYDOCK_RUN: this.runDirectory,
      DRYDOCK_NAME: this.name,
      DRYDOCK_PREPARE: "0",
    };
  }
}
