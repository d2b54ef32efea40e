import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { oldDockerClient, unpackedPackage } from "../../suites/docker-clients.ts";
import { type Outcome, run } from "../../suites/run.ts";



const packages = ["docker.io", "containerd", "runc", "tini"];

/** A dockerd 20.10 out of Debian's packages, on directories, a socket and a bridge of its own; it opens no ports. */
export class ReferenceEngine {
  readonly directory = mkdtempSync(join(tmpdir(), "ref-"));
  readonly socket = join(this.directory, "docker.sock");
  readonly #bridge = `dref${randomInt(10_000)}`;
  #process: ChildProcess | undefined;

  async start(): Promise<this> {
    const homes = await Promise.all(packages.map(unpackedPackage));
    const programs = homes.flatMap((home) => [join(home, "usr/sbin"), join(home, "usr/bin")]);
    execFileSync("ip", ["link", "add", this.#bridge, "type", "bridge"]);
    execFileSync("ip", ["address", "add", `10.${randomInt(200, 250)}.${randomInt(1, 250)}.1/24`, "dev", this.#bridge]);
    const at = (name: string): string => join(this.directory, name);
    const flags = [
      "--data-root",
      at("data"),
      "--exec-root",
      at("exec"),
      "-p",
      at("pid"),
      "-H",
      `unix://${this.socket}`,
    ];
    const network = ["--bridge", this.#bridge, "--iptables=false", "--ip-masq=false", "--ip-forward=false"];
    const log = openSync(at("log"), "w");
    const child = spawn(join(homes[0] ?? "", "usr/sbin/dockerd"), [...flags, ...network], {
      env: { ...process.env, PATH: [...programs, process.env["PATH"]].join(":") },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#process = child;
    mkdirSync(at("config"));
    while ((await this.docker(["version"])).status !== 0) {
      if (child.exitCode !== null) {
        throw new Error(`dockerd ended:\n${readFileSync(at("log"), "utf8").slice(-2000)}`);
      }
      await sleep(100);
    }
    return this;
  }

  /** @param buildkit builds by BuildKit instead of the classic builder */
  async docker(args: readonly string[], options: { buildkit?: boolean } = {}): Promise<Outcome> {
    return run(await oldDockerClient(), args, {
      env: {
        DOCKER_HOST: `unix://${this.socket}`,
        DOCKER_CONFIG: join(this.directory, "config"),
        DOCKER_BUILDKIT: options.buildkit === true ? "1" : "0",
      },
    });
  }

  async dispose(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    }
    execFileSync("ip", ["link", "delete", this.#bridge]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
