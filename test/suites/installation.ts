import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimName } from "./claimed-name.ts";

const checkout = join(import.meta.dirname, "../..");

/** A Drydock of this checkout with directories, kernel names, port and settings of its own. */
export class Installation {
  readonly checkout = checkout;
  readonly directory = mkdtempSync(join(tmpdir(), "ddl-"));
  readonly run = join(this.directory, "r");
  readonly data = join(this.directory, "d");
  readonly name = claimName();
  readonly env: NodeJS.ProcessEnv;
  #supervisor: ChildProcess | undefined;
  /** `net:[4026531840]`: those that were seen while it ran, as nothing else tells whose they are */
  readonly #networkNamespaces = new Set<string>();

  constructor() {
    // The user that web runs as must get through to the run directory.
    chmodSync(this.directory, 0o711);
    this.env = {
      ...process.env,
      DRYDOCK_CHECKOUT: checkout,
      DRYDOCK_SETTINGS: join(this.directory, "settings.json"),
      DRYDOCK_DATA: this.data,
      DRYDOCK_RUN: this.run,
      DRYDOCK_NAME: this.name,
      DRYDOCK_PORT: "18999",
      DRYDOCK_PREPARE: "0",
    };
  }

  command(...args: string[]) {
    return this.commandUnder([], ...args);
  }

  /** @param prefix a program that runs it, with arguments: `setpriv --bounding-set -sys_admin` */
  commandUnder(prefix: string[], ...args: string[]) {
    const main = join(checkout, "server/cli/main.ts");
    const command = [...prefix, process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
    return spawnSync("env", command, { env: this.env, encoding: "utf8" });
  }

  /** A command that goes on until it is ended, as Ctrl-C does it. */
  follow(...args: string[]) {
    const main = join(checkout, "server/cli/main.ts");
    const command = [process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
    const child = spawn("env", command, { env: this.env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const closed = once(child, "close");
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    return {
      shows: async (words: RegExp): Promise<void> => {
        for (let attempt = 0; !words.test(text); attempt++) {
          assert.ok(attempt < 300 && child.exitCode === null, `${words} is not in: ${text}`);
          await sleep(100);
        }
      },
      end: async (): Promise<void> => {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
        await closed;
      },
    };
  }

  async start(): Promise<void> {
    mkdirSync(this.run, { recursive: true, mode: 0o711 });
    const supervisor = join(checkout, "server/cli/supervisor.ts");
    this.#supervisor = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", supervisor], {
      env: this.env,
      stdio: "ignore",
    });
    for (let attempt = 0; !this.answers(); attempt++) {
      assert.ok(attempt < 120, `drydockd does not answer: ${this.log()}`);
      await sleep(500);
    }
  }

  answers(): boolean {
    return /^drydockd +answers/m.test(this.command("status").stdout);
  }

  log(): string {
    const file = join(this.data, "log/drydockd.log");
    return existsSync(file) ? readFileSync(file, "utf8").slice(-2000) : "(no log)";
  }

  /** What a power cut of the processes alone would do. */
  kill(): void {
    const children = readFileSync(`/proc/${this.#supervisor?.pid}/task/${this.#supervisor?.pid}/children`, "utf8");
    this.#supervisor?.kill("SIGKILL");
    for (const pid of children.trim().split(" ")) process.kill(Number(pid), "SIGKILL");
  }

  /** Kills the supervisor alone: what it started goes on without it. */
  killSupervisor(): void {
    this.#supervisor?.kill("SIGKILL");
  }

  /** Process ids of drydockd: one, unless something is wrong. */
  drydockds(): number[] {
    return this.#running("server/main.ts");
  }

  /** Process id of web, which answers. */
  web(): number {
    const [pid, ...more] = this.#running("server/web.ts");
    assert.ok(pid !== undefined && more.length === 0, `processes of web: ${[pid, ...more].join(" ")}`);
    return pid;
  }

  #running(program: string): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        const environment = readOr("", () => readFileSync(`/proc/${name}/environ`, "utf8"));
        const command = readOr("", () => readFileSync(`/proc/${name}/cmdline`, "utf8"));
        return command.split("\0").includes(program) && environment.split("\0").includes(`DRYDOCK_RUN=${this.run}`);
      })
      .map(Number);
  }

  /** For a docker client of the operator's. */
  clientEnv(): Record<string, string> {
    return { DOCKER_HOST: `unix://${this.run}/drydock.sock`, DOCKER_CONFIG: this.directory };
  }

  /** Of this installation, in the kernel; network namespaces when it was called while they were there. */
  leftovers(): string[] {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    const tables = spawnSync("nft", ["list", "tables"], { encoding: "utf8" }).stdout.split("\n");
    const links = spawnSync("ip", ["-o", "link"], { encoding: "utf8" }).stdout.split("\n");
    const processes = spawnSync("ps", ["axww", "-o", "pid,args"], { encoding: "utf8" }).stdout.split("\n");
    return [
      ...mounts.filter((line) => line.includes(this.directory)),
      ...tables.filter((line) =>
        [`drydock-${this.name}`, `drydock-${this.name}-limits`].includes(line.split(" ")[2] ?? ""),
      ),
      ...links.filter((line) => line.includes(` y${this.name}`)),
      ...processes.filter((line) => line.includes(this.directory)),
      ...globSync(`/sys/fs/cgroup/{,*/}drydock-${this.name}`),
      ...this.#keptNamespaces().map((namespace) => `network namespace ${namespace}`),
    ];
  }

  /** Its containers' network namespaces that a process is in or holds open, or that are mounted. */
  #keptNamespaces(): string[] {
    for (const process of globSync("/proc/[0-9]*")) {
      const cgroups = readOr("", () => readFileSync(`${process}/cgroup`, "utf8"));
      if (!cgroups.includes(`/drydock-${this.name}/`)) continue;
      this.#networkNamespaces.add(readOr("", () => readlinkSync(`${process}/ns/net`)));
    }
    this.#networkNamespaces.delete("");
    this.#networkNamespaces.delete(readlinkSync("/proc/self/ns/net"));
    if (this.#networkNamespaces.size === 0) return [];
    const held = globSync("/proc/[0-9]*/{ns/net,fd/*}").map((path) => readOr("", () => readlinkSync(path)));
    const mounted = readFileSync("/proc/self/mountinfo", "utf8").matchAll(/ (net:\[\d+\]) /g);
    const all = new Set([...held, ...[...mounted].map(([, namespace]) => namespace)]);
    return [...this.#networkNamespaces].filter((namespace) => all.has(namespace));
  }

  remove(): void {
    this.command("down");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What `read` gives, or `otherwise` when what it reads has gone meanwhile. */
function readOr(otherwise: string, read: () => string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
