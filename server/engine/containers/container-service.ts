import type { Readable } from "node:stream";
import type { LogRecord } from "../logs/log-driver.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageRunConfig } from "../oci/types.ts";
import type { TaskMetrics } from "../runtime/task.ts";
import type { DirectoryListing } from "./container-directory.ts";
import type {
  Container,
  EndedProcess,
  EndpointRequest,
  NewContainer,
  ResourceConfig,
  RestartPolicy,
} from "./container.ts";

export type WaitCondition = "not-running" | "next-exit" | "removed";

/** The life of one tenant's containers. Names, ids and unique id prefixes are taken everywhere. */
export interface ContainerService {
  /** @throws NotFound (`No such image`), Conflict (name in use), InvalidArgument, PermissionDenied (policy), ResourceExhausted (limits) */
  create(request: NewContainer): Promise<{ container: Container; warnings: string[] }>;
  /**
   * A container for a process that has ended, to be looked at: its files, its exit code. Tells no event.
   * @throws as `create`
   */
  keep(request: NewContainer, ended: EndedProcess): Promise<Container>;
  /** @throws NotFound `No such container: x`, InvalidArgument (prefix is not unique) */
  get(nameOrId: string): Container;
  list(): Container[];
  /** @throws NotModified when it runs, Conflict (paused, removing), InvalidArgument (program not found: exit code 127), ... */
  start(nameOrId: string): Promise<void>;
  /** Stop signal, after `timeoutSeconds` (-1: never) SIGKILL. @throws NotModified when it does not run */
  stop(nameOrId: string, options?: { timeoutSeconds?: number; signal?: string }): Promise<void>;
  restart(nameOrId: string, options?: { timeoutSeconds?: number; signal?: string }): Promise<void>;
  /** @throws Conflict when it does not run */
  kill(nameOrId: string, signal?: string): Promise<void>;
  pause(nameOrId: string): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
  rename(nameOrId: string, newName: string): Promise<void>;
  update(
    nameOrId: string,
    changes: Partial<ResourceConfig> & { restartPolicy?: RestartPolicy },
  ): Promise<{ warnings: string[] }>;
  wait(nameOrId: string, condition: WaitCondition, signal: AbortSignal): Promise<{ exitCode: number; error?: string }>;
  /** @throws Conflict when it runs and `force` is not set */
  remove(nameOrId: string, options: { force: boolean; volumes: boolean }): Promise<void>;
  /** `docker rm --link`: takes `container/alias` away. @throws NotFound, Conflict (the name of a container) */
  unlink(path: string): Promise<void>;
  connect(nameOrId: string, network: string, settings: EndpointRequest): Promise<void>;
  disconnect(nameOrId: string, network: string, force: boolean): Promise<void>;
  /** After a restart of `drydockd`: finds what still runs, settles what ended meanwhile, clears half-made ones, applies restart policies. */
  restore(): Promise<void>;
}

/** Streams from and to one tenant's containers. */
export interface ContainerStreams {
  /**
   * Live output and, if `logs`, the past one first. Writing to `stdin` feeds the container; ending it closes its
   * stdin if `stdinOnce`. `output` ends when the container does or the signal aborts.
   */
  attach(
    nameOrId: string,
    options: { stdin: boolean; logs: boolean; stream: boolean; signal: AbortSignal },
  ): Promise<AttachedStreams>;
  logs(nameOrId: string, options: LogOptions): AsyncIterable<LogRecord>;
  /**
   * Log records from the one at or after `offset` on, live; ends with the container, at once if it does not run.
   * Going on after a record: `offset + 1`. Records that rotation dropped are skipped. With `tail` instead: the last
   * records there are now, also of a container that runs.
   */
  output(
    nameOrId: string,
    options: ({ offset: number } | { tail: number }) & { signal: AbortSignal },
  ): AsyncIterable<OutputRecord>;
  stats(nameOrId: string): Promise<StatsSample>;
  resize(nameOrId: string, columns: number, rows: number): Promise<void>;
  /** `ps` in the container's pid namespace, seen from the host */
  top(nameOrId: string, psArgs: string): Promise<{ titles: string[]; processes: string[][] }>;
}

export interface OutputRecord {
  /** grows from record to record, also over restarts of the container and log rotation; not dense */
  offset: number;
  stream: "stdout" | "stderr";
  /** ms since the epoch */
  time: number;
  /** UTF-8, invalid bytes replaced */
  text: string;
}

export interface AttachedStreams {
  tty: boolean;
  stdin: { write(chunk: Uint8Array): Promise<void>; end(): void } | undefined;
  output: AsyncIterable<{ stream: "stdout" | "stderr"; chunk: Buffer }>;
}

export interface LogOptions {
  stdout: boolean;
  stderr: boolean;
  follow: boolean;
  /** lines; undefined is all */
  tail?: number;
  sinceNano?: bigint;
  untilNano?: bigint;
  signal: AbortSignal;
}

export interface StatsSample {
  /** ms since the epoch */
  readAt: number;
  metrics: TaskMetrics | undefined;
  systemCpuNs: number;
  onlineCpus: number;
  networks: Record<
    string,
    {
      rxBytes: number;
      rxPackets: number;
      rxErrors: number;
      rxDropped: number;
      txBytes: number;
      txPackets: number;
      txErrors: number;
      txDropped: number;
    }
  >;
}

/** The files of one tenant's containers, running or not. Paths and links never lead out of the container. */
export interface ContainerFiles {
  /** One directory. @throws NotFound, InvalidArgument (no directory) */
  list(nameOrId: string, path: string): Promise<DirectoryListing>;
  stat(nameOrId: string, path: string): Promise<PathStat>;
  /** a tar of the file or directory (Engine API, ContainerArchive) */
  read(nameOrId: string, path: string): Promise<{ stat: PathStat; tar: Readable }>;
  write(
    nameOrId: string,
    path: string,
    tar: Readable,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
  ): Promise<void>;
  changes(nameOrId: string): Promise<{ path: string; kind: "modified" | "added" | "deleted" }[]>;
  export(nameOrId: string): Promise<Readable>;
  commit(
    nameOrId: string,
    options: {
      name?: string;
      author: string;
      comment: string;
      pause: boolean;
      changes: string[];
      config?: ImageRunConfig;
    },
  ): Promise<Digest>;
}

/** Docker's X-Docker-Container-Path-Stat. `mode` is Go's FileMode. */
export interface PathStat {
  name: string;
  size: number;
  mode: number;
  /** ms since the epoch */
  mtime: number;
  linkTarget: string;
}

export interface NewExec {
  cmd: string[];
  env: string[];
  user: string;
  workingDir: string;
  tty: boolean;
  attachStdin: boolean;
  attachStdout: boolean;
  attachStderr: boolean;
  privileged: boolean;
  detachKeys: string;
  size?: { columns: number; rows: number };
}

export interface Exec extends NewExec {
  id: string;
  containerId: string;
  running: boolean;
  exitCode: number | undefined;
  pid: number;
}

export interface ExecStart {
  detach: boolean;
  signal?: AbortSignal;
  /** of its terminal, instead of the one it was made with */
  size?: { columns: number; rows: number };
}

export interface ExecService {
  /** @throws NotFound, Conflict (`Container x is not running`, paused) */
  create(container: string, exec: NewExec): Exec;
  /** @throws NotFound `No such exec instance: x` */
  get(id: string): Exec;
  /** Starts it; the streams end with the process. Detached: nobody reads. */
  start(id: string, options: ExecStart): Promise<AttachedStreams | undefined>;
  resize(id: string, columns: number, rows: number): Promise<void>;
  wait(id: string): Promise<{ exitCode: number }>;
  kill(id: string, signal: number): Promise<void>;
}
