import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimName } from "../test/suites/claimed-name.ts";
import { unpackedPackage } from "../test/suites/docker-clients.ts";
import { run } from "../test/suites/run.ts";
import { giveStandIns } from "../test/suites/stand-ins.ts";
import { Api } from "./api.ts";

/** An engine started for the measurements, with directories of its own. */
export interface Engine {
  name: string;
  version: string;
  /** its Docker API */
  socket: string;
  api: Api;
  /** its process */
  pid: number;
  /** its directory, in the command lines of its processes, except those of containers */
  root: string;
  stop(): Promise<void>;
}

const checkout = join(import.meta.dirname, "..");

/** Our own `drydockd`, in a fresh state directory. @param standIns base images of the catalogue that it can pull at once */
export async function startDrydock(standIns: readonly string[] = []): Promise<Engine & { workspace: string }> {
  const root = mkdtempSync(join(tmpdir(), "drydock-bench-"));
  chmodSync(root, 0o711); // the mapped root of a container must pass through
  if (standIns.length > 0) await giveStandIns(standIns, join(root, "data"));
  const runDir = inMemory(join(root, "run"));
  const env = {
    ...process.env,
    DRYDOCK_DATA: join(root, "data"),
    DRYDOCK_RUN: runDir,
    DRYDOCK_NAME: claimName(),
    DRYDOCK_PREPARE: "0",
  };
  const main = [process.execPath, "--disable-warning=ExperimentalWarning", join(checkout, "server/main.ts")];
  const engine = await start("drydock", main, env, join(runDir, "drydock.sock"), join(root, "log"));
  return {
    ...engine,
    workspace: join(root, "data/tenants/operator/workspace"),
    async stop() {
      await engine.api.call("POST", "/drydock/v1/shutdown", { containers: "stop" }).catch(() => "");
      await engine.stop();
      execFileSync(main[0] ?? "", [...main.slice(1), "--clear"], { env, stdio: "ignore" });
      await run("umount", ["-l", runDir]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Sockets, FIFOs and bundles are in memory where engines are installed, in /run: there they wait for no disk. */
function inMemory(directory: string): string {
  mkdirSync(directory);
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=0711", "tmpfs", directory]);
  return directory;
}

/** What a real dockerd is made of: directories with the files of packages of this machine's sources. @throws Error: none to be had */
export function unpackReference(): Promise<string[]> {
  return Promise.all(["docker.io", "containerd", "runc", "tini"].map(unpackedPackage));
}

/**
 * A real dockerd out of Debian's packages, not installed; undefined (with the reason told) where there is none.
 * @param ownNetwork in a network namespace of its own, that of its process: its bridge and rules touch nobody else's
 */
export async function startReference({ ownNetwork = false } = {}): Promise<Engine | undefined> {
  let packages: string[];
  try {
    packages = await unpackReference();
  } catch (error) {
    console.error(`no reference dockerd: ${(error as Error).message}`);
    return undefined;
  }
  const root = mkdtempSync(join(tmpdir(), "dockerd-bench-"));
  const tablesBefore = ownNetwork ? [] : nftTables();
  const hadBridge = existsSync(bridge);
  const socket = join(root, "docker.sock");
  // For `docker run --init`.
  const bin = join(root, "bin");
  mkdirSync(bin);
  symlinkSync(join(packages[3] ?? "", "usr/bin/tini-static"), join(bin, "docker-init"));
  const programs = packages.flatMap((home) => [join(home, "usr/sbin"), join(home, "usr/bin")]);
  const path = [bin, ...programs, process.env["PATH"]].join(":");
  const flags = [
    "--data-root",
    join(root, "data"),
    "--exec-root",
    inMemory(join(root, "exec")),
    "-H",
    `unix://${socket}`,
    "-p",
    join(root, "pid"),
    // Its default on cgroup v1; where systemd has cgroup v2 it would be another.
    "--exec-opt",
    "native.cgroupdriver=cgroupfs",
  ];
  const enter = ownNetwork ? ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] : [];
  const engine = await start(
    "dockerd",
    [...enter, join(packages[0] ?? "", "usr/sbin/dockerd"), ...flags],
    { ...process.env, PATH: path },
    socket,
    join(root, "log"),
  );
  return {
    ...engine,
    async stop() {
      await engine.stop();
      if (!ownNetwork) clearReferenceNetwork(tablesBefore, hadBridge);
      // What it mounts for the network namespace that it is in stays.
      await run("umount", ["-l", join(root, "exec/netns/default")]);
      await run("umount", ["-l", join(root, "exec")]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function nftTables(): string[] {
  return execFileSync("nft", ["list", "tables"], { encoding: "utf8" }).trim().split("\n");
}

const bridge = "/sys/class/net/docker0";

/** dockerd leaves its bridge, and a FORWARD policy of DROP, behind. What was there before is another Docker's. */
function clearReferenceNetwork(tablesBefore: string[], hadBridge: boolean): void {
  if (!hadBridge) execFileSync("ip", ["link", "delete", "docker0"]);
  for (const table of ["table ip nat", "table ip filter"]) {
    if (!tablesBefore.includes(table) && nftTables().includes(table))
      execFileSync("nft", ["delete", ...table.split(" ")]);
  }
}

async function start(
  name: string,
  command: string[],
  env: NodeJS.ProcessEnv,
  socket: string,
  logFile: string,
): Promise<Engine> {
  const log = openSync(logFile, "w");
  const [program = "", ...args] = command;
  const child: ChildProcess = spawn(program, args, { env, cwd: checkout, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const api = new Api(socket);
  for (let tries = 0; ; tries++) {
    try {
      await api.call("GET", "/_ping");
      break;
    } catch (error) {
      if (child.exitCode !== null || tries > 300) {
        throw new Error(`${name} did not start:\n${readFileSync(logFile, "utf8").slice(-2000)}`, { cause: error });
      }
      await sleep(100);
    }
  }
  const { Version } = await api.json<{ Version: string }>("GET", "/version");
  return {
    name,
    version: Version,
    pid: child.pid ?? 0,
    root: dirname(logFile),
    socket,
    api,
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}
