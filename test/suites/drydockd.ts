import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join, relative } from "node:path";
import { after, before } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dockerClient, whyNoDocker } from "./docker-clients.ts";
import { claimName } from "./claimed-name.ts";
import { noteNames, ownedDirectory } from "./owned-directory.ts";
import { type Outcome, run } from "./run.ts";
import { removeMounted, tracesOf } from "./kernel-traces.ts";
import { giveStandIns } from "./stand-ins.ts";

export { type Outcome, run };

const root = join(import.meta.dirname, "../..");

/** Why these tests cannot run here; undefined if they can. */
export function whyNot(): string | undefined {
  return process.getuid?.() === 0 ? whyNoDocker() : "drydockd needs root";
}

/**
 * A drydockd that runs while the tests of the calling file do, where it can (`whyNot`); `pull`: images that it has, made
 * before it starts unless `standIns` says which are.
 */
export function engineOfThisFile(
  options: { standIns?: readonly string[]; pull?: readonly string[]; clock?: boolean } = {},
): Drydockd {
  const engine = new Drydockd({ standIns: options.pull ?? [], ...options });
  if (whyNot() !== undefined) return engine;
  before(async () => {
    await engine.start();
    for (const image of options.pull ?? []) engine.good(await engine.docker("pull", image));
  });
  after(() => engine.dispose());
  return engine;
}

/** One tenant of it, as a docker client sees it. */
export interface TenantClient {
  id: string;
  /** its Docker API socket */
  socket: string;
  docker(...args: string[]): Promise<Outcome>;
}

/** A real `drydockd` on directories, bridges, tables and cgroups of its own. */
export class Drydockd {
  readonly directory = ownedDirectory("ddc-");
  readonly name = claimName();
  readonly runDirectory = join(this.directory, "r");
  readonly dataDirectory: string;
  readonly socket = join(this.runDirectory, "drydock.sock");
  #process: ChildProcess | undefined;
  #log = "";
  readonly #violationsFile = join(this.directory, "violations");

  readonly #standIns: string[];
  readonly #capabilities: readonly string[] | undefined;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #preloads = [join(import.meta.dirname, "openapi/hook.ts")];

  /**
   * @param options `data`: a directory that the caller has made (a small disk, say) instead of one of its own;
   * `standIns`: names of base images that it finds made when it first starts; `settings`: its daemon.json; `clock`: its
   * clock can be set; `unchecked`: its answers are not compared with the API's document, which takes time; `capabilities`:
   * the only ones that it may have (`sys_admin`), and what it starts; `environment`: settings beside those of its places
   */
  constructor(
    options: {
      data?: string;
      standIns?: readonly string[];
      settings?: object;
      clock?: boolean;
      unchecked?: boolean;
      capabilities?: readonly string[];
      environment?: Readonly<Record<string, string>>;
    } = {},
  ) {
    this.#environment = options.environment ?? {};
    this.#capabilities = options.capabilities;
    if (options.unchecked === true) this.#preloads.length = 0;
    if (options.settings !== undefined) this.configure(options.settings);
    this.#standIns = [...(options.standIns ?? [])];
    if (options.clock === true) this.#preloads.push(join(import.meta.dirname, "jumping-clock.ts"));
    this.dataDirectory = options.data ?? join(this.directory, "d");
    noteNames(this.directory, { drydock: this.name, data: this.dataDirectory });
    // Tenants' root is somebody else to the machine, and must get through to its files.
    chmodSync(this.directory, 0o711);
  }

  /** Its daemon.json, read when it starts and on SIGHUP. */
  configure(settings: object): void {
    writeFileSync(join(this.directory, "daemon.json"), JSON.stringify(settings));
  }

  /** The process id of the running drydockd. @throws Error when it has ended */
  get pid(): number {
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`drydockd has ended:\n${this.#log}`);
    }
    return child.pid;
  }

  /** Sets its clock: `offset` milliseconds from the machine's. */
  async setClock(offset: number): Promise<void> {
    writeFileSync(this.#clockFile, String(offset));
    process.kill(this.pid, "SIGUSR2");
    const wanted = Date.now() + offset;
    const clock = async () =>
      Date.parse((JSON.parse((await this.call("GET", "/info")).text) as { SystemTime: string }).SystemTime);
    while (Math.abs((await clock()) - wanted) > 60_000) await delay(20);
  }

  get #clockFile(): string {
    return join(this.directory, "clock");
  }

  /** Bytes of memory that drydockd holds now. */
  residentBytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return Number(kilobytes) * 1_024;
  }

  /** Makes a tenant with its own socket. */
  async tenant(
    id: string,
    policy: "open" | "class" | "public",
    limits: { memory?: number; pids?: number; cpus?: number; disk?: number; ports?: number } = {},
  ): Promise<TenantClient> {
    const { status, text } = await this.call("POST", "/drydock/v1/tenants", { id, policy, limits });
    if (status !== 201 && status !== 200) {
      throw new Error(`tenant ${id}: ${status} ${text}`);
    }
    const { socket } = JSON.parse(text) as { socket: string };
    return { id, socket, docker: async (...args) => this.cli(await dockerClient(), args, undefined, socket) };
  }

  /** As after a crash: killed, and started anew on the same state. */
  async restart(): Promise<void> {
    await this.kill("SIGKILL");
    await this.start();
  }

  /** `server/main.ts --clear`: takes all of it out of the kernel. Its drydockd must have ended. */
  clear(): Promise<Outcome> {
    return run(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "server/main.ts"), "--clear"], {
      env: this.#env(),
    });
  }

  async start(): Promise<void> {
    if (this.#standIns.length > 0) {
      await giveStandIns(this.#standIns.splice(0), this.dataDirectory);
    }
    const hooks = this.#preloads.flatMap((file) => ["--import", file]);
    const main = ["--disable-warning=ExperimentalWarning", ...hooks, join(root, "server/main.ts")];
    const given = this.#capabilities?.map((name) => `+${name}`);
    const within = given === undefined ? [] : ["setpriv", `--bounding-set=-all,${given.join(",")}`];
    const [program = "", ...args] = [...within, process.execPath, ...main];
    const child = spawn(program, args, {
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

  /** The output of what went well, without white space around it. @throws AssertionError with drydockd's log, too */
  readonly good = ({ status, stdout, stderr }: Outcome): string => {
    assert.equal(status, 0, `${stdout}\n${stderr}\n${this.#log}`);
    return stdout.trim();
  };

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

  /**
   * Ends it whatever state it is in, and removes all it made.
   * @throws Error when an answer was not as the OpenAPI document says
   */
  async dispose(): Promise<void> {
    await this.kill("SIGKILL");
    const violations = this.violations();
    const { status, stderr } = await this.clear();
    if (status !== 0) {
      process.stderr.write(`clearing ${this.directory}: ${stderr}\n`);
    }
    await removeMounted(this.directory);
    if (violations.length > 0) {
      throw new Error(`answers that are not as test/api/openapi-v1.50.yaml says:\n${violations.join("\n")}`);
    }
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
  async docker(...args: string[]): Promise<Outcome> {
    return this.cli(await dockerClient(), args);
  }

  cli(program: string, args: readonly string[], input?: string, socket = this.socket): Promise<Outcome> {
    const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(this.directory, "config") };
    return run(program, args, { env, ...(input === undefined ? {} : { input }) });
  }

  /** A program on a pseudo-terminal (script(1)). */
  terminal(command: string, input = ""): Promise<Outcome> {
    return this.cli("script", ["-qefc", command, "/dev/null"], input);
  }

  /** What the kernel and the process table have that carries this engine's names. */
  traces(): Promise<string[]> {
    return tracesOf(this.directory, this.name);
  }

  #env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.#environment,
      DRYDOCK_DATA: this.dataDirectory,
      DRYDOCK_RUN: this.runDirectory,
      DRYDOCK_NAME: this.name,
      DRYDOCK_PREPARE: "0",
      ...(existsSync(join(this.directory, "daemon.json"))
        ? { DRYDOCK_CONFIG: join(this.directory, "daemon.json") }
        : {}),
      DRYDOCK_TEST_CLOCK: this.#clockFile,
      DRYDOCK_API_VIOLATIONS: this.#violationsFile,
      DRYDOCK_API_TEST: relative(root, process.argv[1] ?? ""),
    };
  }

  /** Answers of it that were not as the OpenAPI document says, a line each. */
  violations(): string[] {
    if (!existsSync(this.#violationsFile)) return [];
    return [...new Set(readFileSync(this.#violationsFile, "utf8").trim().split("\n"))];
  }
}
