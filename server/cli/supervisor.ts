import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { engineAnswers } from "./engine-client.ts";
import { servedPages, takePages } from "./pages.ts";
import { pidFile } from "./processes.ts";
import { processEnvironment, readSettings, type Settings } from "./settings.ts";
import { endStrays } from "./strays.ts";
import { runningVersion, versionFile } from "./version.ts";
import { webProcesses } from "./webs.ts";

/**
 * Keeps `drydockd` and each `web` running: starts all, starts one again when it ends, passes SIGTERM on.
 * Containers are not its children: they have a supervisor of their own and go on whatever happens here.
 */
const leastPauseMs = 500;
const mostPauseMs = 15_000;
const rotateAtBytes = 16 * 1024 ** 2;

class Keeper {
  readonly #name: string;
  readonly #logFile: string;
  readonly #command: string[];
  readonly #settings: Settings;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;
  #pauseMs = leastPauseMs;
  #stopping = false;

  constructor(name: string, command: string[], settings: Settings, environment: Record<string, string> = {}) {
    this.#name = name;
    this.#command = command;
    this.#settings = settings;
    this.#environment = environment;
    this.#logFile = join(settings.data, "log", `${name}.log`);
  }

  start(): void {
    if (this.#stopping) return;
    const startedAt = Date.now();
    const log = openLog(this.#logFile);
    const [program = "", ...args] = this.#command;
    const child = spawn(program, args, {
      cwd: this.#settings.checkout,
      env: { ...process.env, ...processEnvironment(this.#settings), ...this.#environment },
      // A session of its own: the kernel divides the processors among sessions, and drydockd's goes first.
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    let ended = false;
    const onEnd = (what: string) => {
      if (ended) return;
      ended = true;
      this.#child = undefined;
      if (this.#stopping) return;
      this.#pauseMs = Date.now() - startedAt > mostPauseMs ? leastPauseMs : Math.min(this.#pauseMs * 2, mostPauseMs);
      console.error(
        `${new Date().toISOString()} ${this.#name} ended (${what}); starting it again in ${this.#pauseMs} ms`,
      );
      setTimeout(() => this.start(), this.#pauseMs);
    };
    child.once("error", (error) => onEnd(error.message));
    child.once("exit", (code, signal) => onEnd(signal ?? `exit code ${code}`));
  }

  /** Does not start it again once it has ended. */
  leave(): void {
    this.#stopping = true;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await gone;
    clearTimeout(timer);
  }
}

function openLog(path: string): number {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o755 });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > rotateAtBytes) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o640);
}

/**
 * `web` runs as an unprivileged user, which may not be able to reach the checkout (a clone in /root, for instance):
 * in a mount namespace of its own it sees the checkout at a path that it can, with the pages that it is to serve (pages.ts).
 */
function webCommand(settings: Settings): string[] {
  const seen = join(settings.run, "app");
  const pages = servedPages(settings);
  const script = [
    'mkdir -p "$1"',
    'mount --bind "$2" "$1"',
    // Never given one, it has what is built.
    ...(existsSync(pages) ? ['mkdir -p "$1/.next"', 'mount --bind "$4" "$1/.next"'] : []),
    'cd "$1"',
    'exec setpriv --reuid "$3" --regid "$3" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all env DRYDOCK_CHECKOUT="$1" "$1/.drydock/web-node" --disable-warning=ExperimentalWarning server/web.ts',
  ].join(" && ");
  return [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    script,
    "sh",
    seen,
    settings.checkout,
    settings.user,
    pages,
  ];
}

/** Who waits for the service (`systemctl restart`, units after it) goes on once the engine answers. */
async function tellServiceManager(settings: Settings, path: string): Promise<void> {
  while (!(await engineAnswers(settings))) await sleep(200);
  const { notify } = await import("./notify.ts");
  notify(path, "READY=1");
}

async function main(): Promise<void> {
  const settings = readSettings();
  // Not for what is started here: crun would wait for a word of the container (sd_notify(3)).
  const notifySocket = process.env["NOTIFY_SOCKET"];
  delete process.env["NOTIFY_SOCKET"];
  mkdirSync(settings.run, { recursive: true, mode: 0o711 });
  await endStrays(settings);
  takePages(settings);
  const node = process.execPath;
  const engine = new Keeper("drydockd", [node, "--disable-warning=ExperimentalWarning", "server/main.ts"], settings);
  const webs = webProcesses(settings).map(
    ({ name, environment }) => new Keeper(name, webCommand(settings), settings, environment),
  );
  const version = runningVersion(settings);
  // `down` asks drydockd to end with its containers: it must not be started again.
  process.on("SIGUSR2", () => [engine, ...webs].forEach((keeper) => keeper.leave()));
  engine.start();
  for (const web of webs) web.start();
  writeFileSync(versionFile(settings), `${version}\n`);
  writeFileSync(pidFile(settings), `${process.pid}\n`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void Promise.all([engine, ...webs].map((keeper) => keeper.stop())).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (notifySocket !== undefined) await tellServiceManager(settings, notifySocket);
}

await main();
