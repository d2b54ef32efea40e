import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FailedPrecondition, Internal } from "../../errdefs/errors.ts";
import { makeFifo } from "./fifo.ts";
import { isRunning, processStartTime } from "./process-id.ts";

/**
 * One small process that outlives drydockd, for what needs a process to exist:
 *
 * - The runtimes' mount namespace: on a hybrid machine (cgroup v1 with v2 at /sys/fs/cgroup/unified) crun refuses to
 *   work where it sees the v2 mount. The keeper's namespace is a slave of the host's without it; the supervisor enters
 *   it. Mounts made by drydockd beneath a shared mount appear there.
 * - Warmth: the first process that is moved into a control group after a pause of 10 to 20 ms waits for an RCU grace
 *   period, some 10 ms (percpu_rwsem of kernel/cgroup/cgroup.c); those soon after it do not. When a start is near, the
 *   keeper moves itself to and fro between two groups of its own for a while, so that the runtime's move does not wait.
 *
 * A shell is the smallest program at hand; commands come through a FIFO, one line each.
 */
/** How often it moves after the last word of a start, every 3 ms. */
const warmBeats = 50;
const script = String.raw`
[ -n "$2" ] && umount -l "$2"
exec 3<>"$1" || exit 1
echo ready
exec >/dev/null 2>&1 </dev/null
ulimit -n "$(ulimit -Hn)"
# A pipe in which nothing ever comes, to wait on without starting a program.
exec {nap}<> <(:)
beats=0 here=$3 there=$4
while true; do
  if [ "$beats" -gt 0 ] && ! read -t 0 -u 3; then
    beats=$((beats - 1)) swap=$here here=$there there=$swap
    echo 0 >"$here/cgroup.procs"
    read -r -t 0.003 -u "$nap"
    continue
  fi
  # Without a time limit, which could cut a line in two.
  read -r verb <&3 || exit 1
  case $verb in
    warm) [ -n "$here" ] && beats=${warmBeats} ;;
    stop) exit 0 ;;
  esac
done
`;

/** The two control groups between which the keeper moves, on disk. */
export interface KeeperGroups {
  readonly directories: readonly [string, string];
  /** when the keeper has ended */
  remove(): Promise<void>;
}

/** No more often than this is the keeper told to stay warm: it does so for three times as long. Milliseconds. */
const warmInterval = 50;
const endTimeoutMs = 2000;

export class Keeper {
  readonly #dir: string;
  readonly #hidden: string | undefined;
  readonly #groups: KeeperGroups | undefined;
  #warmedAt = Number.NEGATIVE_INFINITY;
  #pid: number | undefined;
  #control: number | undefined;
  #starting: Promise<void> | undefined;

  /**
   * @param dir its own directory beneath the run root
   * @param hidden a mount point to hide from the runtimes (the v2 hierarchy of a hybrid machine)
   * @param groups without them nothing is kept warm
   */
  constructor(dir: string, hidden: string | undefined, groups?: KeeperGroups) {
    this.#dir = dir;
    this.#hidden = hidden;
    this.#groups = groups;
  }

  /** Finds the keeper of a predecessor or starts one. Idempotent; call before everything else. */
  async start(): Promise<void> {
    if (this.#pid !== undefined && isRunning(this.#pid)) return;
    this.#starting ??= this.#findOrStart().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  /** Path of the mount namespace runtimes have to be started in; undefined: the one drydockd is in. */
  get mountNamespace(): string | undefined {
    return this.#hidden === undefined || this.#pid === undefined ? undefined : `/proc/${this.#pid}/ns/mnt`;
  }

  /** A process will be moved into a control group within the next 100 ms. */
  warm(): void {
    const now = performance.now();
    if (this.#groups === undefined || this.#pid === undefined || now - this.#warmedAt < warmInterval) return;
    this.#warmedAt = now;
    // Nobody else reads its commands, and the FIFO is finite.
    if (isRunning(this.#pid)) this.#send("warm\n");
  }

  /** Ends the keeper. Only when the supervisor has ended. */
  async stop(): Promise<void> {
    if (this.#control === undefined) return;
    this.#send("stop\n");
    closeSync(this.#control);
    this.#control = undefined;
    if (this.#groups !== undefined && this.#pid !== undefined) {
      for (let waited = 0; isRunning(this.#pid) && waited < endTimeoutMs; waited += 10) await delay(10);
      await this.#groups.remove();
    }
    this.#pid = undefined;
    await rm(this.#dir, { recursive: true, force: true });
  }

  #send(line: string): void {
    if (this.#control === undefined) throw new Internal("the keeper has not been started");
    writeSync(this.#control, line);
  }

  async #findOrStart(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const control = join(this.#dir, "control");
    makeFifo(control);
    this.#control ??= openSync(control, constants.O_RDWR);
    this.#pid = this.#recorded() ?? (await this.#spawn(control));
  }

  #recorded(): number | undefined {
    try {
      const [pid, startTime] = readFileSync(join(this.#dir, "pid"), "utf8").split(" ");
      const number = Number(pid);
      return processStartTime(number) === startTime?.trim() && isRunning(number) ? number : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async #spawn(control: string): Promise<number> {
    const shell = [
      "bash",
      "-c",
      script,
      "drydock-keeper",
      control,
      this.#hidden ?? "",
      ...(this.#groups?.directories ?? []),
    ];
    const unshare = ["unshare", "--mount", "--propagation", "slave"];
    const [program, ...args] = this.#hidden === undefined ? shell : [...unshare, ...shell];
    const child = spawn(program as string, args, { cwd: "/", detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    const ready = once(child.stdout, "data");
    const ended = once(child, "exit").then(([code]) => `exit status ${code}`);
    const failed = await Promise.race([ready.then(() => undefined), ended]);
    if (failed !== undefined || child.pid === undefined) {
      throw new FailedPrecondition(`the runtimes' keeper process could not be started (${failed}): ${complaint}`);
    }
    writeFileSync(join(this.#dir, "pid"), `${child.pid} ${processStartTime(child.pid)}`, { mode: 0o600 });
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
    return child.pid;
  }
}
