/**
 * A PostgreSQL and a Redis of a test's own, from the distribution's packages: unprivileged processes on UNIX sockets in a
 * directory of their own, which end with the process that started them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, globSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownedDirectory } from "./owned-directory.ts";
import { patience } from "./patience.ts";
import { run } from "./run.ts";

/** Debian's and Ubuntu's "nobody". */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
/** PostgreSQL refuses to be root. */
const unprivileged = isRoot
  ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--pdeathsig=KILL"]
  : ["setpriv", "--pdeathsig=KILL"];

export interface Service {
  /** as the settings of `web` have it */
  url: string;
  /** A second time it does nothing. */
  stop(): Promise<void>;
}

/** A new PostgreSQL with an empty database. @throws Error when the package is missing or it does not start */
export async function startPostgres(): Promise<Service> {
  const [bin] = globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed();
  if (bin === undefined) throw new Error("PostgreSQL is missing: apt-get install postgresql, as ./drydock test does");
  const directory = ownDirectory("drydock-postgres-");
  const data = join(directory, "data");
  const initdb = [join(bin, "initdb"), "-D", data, "-U", "drydock", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"];
  const made = await run(unprivileged[0] ?? "", [...unprivileged.slice(1), ...initdb]);
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const options = {
    listen_addresses: "",
    unix_socket_directories: directory,
    fsync: "off",
    shared_buffers: "16MB",
    // Times are compared in UTC, wherever the server is.
    timezone: "Asia/Kathmandu",
  };
  const args = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = start([join(bin, "postgres"), "-D", data, ...args], directory);
  await answers(join(directory, ".s.PGSQL.5432"), server);
  return { url: `postgresql://drydock@localhost/postgres?host=${directory}`, stop: () => stop(server, directory) };
}

export interface StoppableService extends Service {
  kill(): Promise<void>;
  /** After `kill`: at the same address, empty. */
  start(): Promise<void>;
}

/** A new, empty Redis. @throws Error when the package is missing or it does not start */
export async function startRedis(): Promise<StoppableService> {
  const directory = ownDirectory("drydock-redis-");
  const path = join(directory, "redis.sock");
  const command = ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", directory];
  let server: ChildProcess;
  const begin = async (): Promise<void> => {
    server = start(command, directory);
    await answers(path, server);
  };
  await begin();
  return {
    url: `unix://${path}`,
    kill: async () => {
      await end(server);
      rmSync(path, { force: true });
    },
    start: begin,
    stop: () => stop(server, directory),
  };
}

function ownDirectory(prefix: string): string {
  const directory = ownedDirectory(prefix);
  if (isRoot) chownSync(directory, nobody, nobody);
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, "home"));
  return directory;
}

function start(command: string[], directory: string): ChildProcess {
  const [program = "", ...args] = [...unprivileged, ...command];
  const env = { ...process.env, HOME: join(directory, "home") };
  return spawn(program, args, { cwd: directory, env, stdio: "ignore" });
}

async function answers(path: string, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + patience; ; await sleep(10)) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => resolve(true));
      socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
    });
    if (open) return;
    if (server.exitCode !== null || Date.now() > end) throw new Error(`${server.spawnargs.join(" ")} does not answer`);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}

async function stop(server: ChildProcess, directory: string): Promise<void> {
  // PostgreSQL's own processes end with the one that was started; it is left no time to write what is thrown away.
  await end(server);
  rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
}
