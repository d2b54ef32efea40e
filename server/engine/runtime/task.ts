import type { Readable, Writable } from "node:stream";
import type { TenantId } from "../tenants/tenant.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";

/** The OCI runtimes a container can be run with. */
/** `crun`, `runc`, `runsc`, or one that the operator added */
export type RuntimeName = string;

export interface ExitStatus {
  /** 0..255; 128 + signal for a killed process */
  code: number;
  /** ms since the epoch */
  exitedAt: number;
}

/** Streams of a process. With a terminal everything is in `stdout` and `stderr` ends at once. */
export interface ProcessIO {
  /** undefined when created without stdin */
  stdin: Writable | undefined;
  stdout: Readable;
  stderr: Readable;
}

/**
 * Output of which nothing is lost when drydockd is killed, if its reader says what it has done with it: the next chunk
 * comes when the one before is settled.
 */
export interface SettledOutput extends Readable {
  /** What a predecessor read and did not settle, and the offset at which the log ended before. Ask before reading. */
  readonly unsettled: { data: Buffer; logEnd: number };
  /** All but `rest` (the beginning of a line) is in the log, which ends at this offset. */
  settle(logEnd: number, rest: Buffer): void;
}

/** A running or exited process in a container: the task's init or an exec. */
export interface Process {
  /** of the process on the host; 0 before start for execs */
  readonly pid: number;
  readonly io: ProcessIO;
  start(): Promise<void>;
  /** @throws NotFound when it has exited */
  kill(signal: number, options?: { all?: boolean }): Promise<void>;
  /** No effect without a terminal. */
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves once; also for a process that exited while `drydockd` was down. */
  wait(): Promise<ExitStatus>;
  /** Removes an exited exec from the supervisor. Idempotent. */
  delete(): Promise<void>;
}

export interface ExecOptions {
  id: string;
  args: string[];
  env: string[];
  cwd: string;
  user: { uid: number; gid: number; additionalGids: number[] };
  terminal: boolean;
  stdin: boolean;
  privileged?: boolean;
  size?: { columns: number; rows: number };
  /** its outputs are SettledOutputs */
  settled?: boolean;
}

/** Counters of a container's cgroup, the same for v1, hybrid and v2. Bytes, nanoseconds. */
export interface TaskMetrics {
  cpu: {
    totalNs: number;
    /** cgroup v1 only */
    perCpuNs?: number[];
    userNs: number;
    systemNs: number;
    throttledPeriods: number;
    throttledNs: number;
    periods: number;
  };
  memory: {
    usage: number;
    limit: number;
    maxUsage: number;
    /** what of it is swapped out */
    swap: number;
    stats: Record<string, number>;
    oomKills: number;
    /** how often it wanted more than its limit */
    failures: number;
  };
  pids: { current: number; limit: number };
  /** `operations` with cgroup v1 only, as dockerd has them */
  io: { bytes: IoCount[]; operations?: IoCount[] };
}

/** Of a block device. `op` is the kernel's word: `Read`, `Sync`, `Total` with v1, `read` and `write` with v2. */
export interface IoCount {
  op: string;
  major: number;
  minor: number;
  value: number;
}

/** A container's running instance: its init process in its namespaces, its cgroup, its execs. */
export interface Task extends Process {
  readonly id: string;
  exec(options: ExecOptions): Promise<Process>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** false also when it has exited */
  isPaused(): Promise<boolean>;
  metrics(): Promise<TaskMetrics>;
  /** How many of its processes the kernel has killed for want of memory; 0 when the counter is gone. */
  oomKills(): number;
  /** host pids of all processes of the container */
  pids(): Promise<number[]>;
  /** resources as in runtime-spec config-linux.md, Control groups */
  update(resources: NonNullable<RuntimeSpec["linux"]>["resources"]): Promise<void>;
}

export interface CreateTaskOptions {
  /** 64 hex digits */
  id: string;
  tenant: TenantId;
  runtime: RuntimeName;
  spec: RuntimeSpec;
  /** directory that holds the mounted root file system */
  rootfs: string;
  terminal: boolean;
  stdin: boolean;
  /** its outputs are SettledOutputs */
  settled?: boolean;
  /** for messages: what the client gave as the source of a mount, by destination */
  sources?: ReadonlyMap<string, string>;
}

/** How a process's streams were made. */
export type StreamOptions = Pick<CreateTaskOptions, "terminal" | "stdin" | "settled">;

/**
 * Containers under a supervisor, a process of its own (containerd's task API over ttrpc), so that containers go
 * on when `drydockd` ends, and are found again with their exit codes and their output.
 */
export interface TaskService {
  /** A `create` is likely within 100 ms: makes it faster. */
  expectStart?(): void;
  /** Namespaces exist and the pid is known afterwards; the program runs only after `start`. Nothing is left on failure. */
  create(options: CreateTaskOptions): Promise<Task>;
  /**
   * Finds the task of a container again after a restart of `drydockd` (its streams go on), running or exited;
   * undefined if there is none. Leftovers of a create that was cut off are removed.
   */
  recover(id: string, tenant: TenantId, io: StreamOptions): Promise<Task | undefined>;
  /** Finds an exec again after a restart; undefined if there is none. */
  recoverExec(id: string, tenant: TenantId, execId: string, io: StreamOptions): Promise<Process | undefined>;
  /** Removes everything of a container that is not known any more: runtime state, bundle, cgroup. Idempotent. */
  purge(id: string, tenant: TenantId): Promise<void>;
  /**
   * Ends the supervisor unless something runs. For who takes everything away, while nobody starts anything: a start
   * that crosses it fails.
   */
  release(): Promise<void>;
}

/** What the builder needs for RUN: one process, no supervision that outlives `drydockd`. */
export interface Executor {
  /** A `run` is likely within 100 ms: makes it faster. */
  expectStart?(): void;
  /**
   * Runs to its end. Aborting the signal kills every process of it and rejects with Cancelled.
   * The output callbacks may return a promise: reading waits for it (back-pressure).
   * @throws InvalidArgument when the program cannot be started (not found, not executable)
   */
  run(options: ExecutorOptions): Promise<StepEnd>;
}

/** How a program ended, and what it took. */
export interface StepEnd {
  code: number;
  oomKilled: boolean;
  used: ResourceUse;
}

/** Of a program with all that it started. */
export interface ResourceUse {
  /** ms of all processors together */
  cpu: number;
  /** bytes: the most that it held at a time, its files in the kernel's cache included */
  memory: number;
  /** bytes read from and written to disks; what the kernel's cache had, or still has, does not count */
  read: number;
  written: number;
}

export interface ExecutorOptions {
  id: string;
  tenant: TenantId;
  runtime: RuntimeName;
  spec: RuntimeSpec;
  rootfs: string;
  stdin?: Readable;
  onStdout: (chunk: Buffer) => void | Promise<void>;
  onStderr: (chunk: Buffer) => void | Promise<void>;
  /** Called with the pid when namespaces exist, before the program runs: the place to connect its network. */
  onCreated?: (pid: number) => Promise<void>;
  signal?: AbortSignal;
}
