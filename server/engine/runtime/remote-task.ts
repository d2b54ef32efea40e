import { rmSync } from "node:fs";
import { FailedPrecondition, InvalidArgument, isEngineError } from "../errdefs/errors.ts";
import type { CgroupService } from "./cgroups/cgroup-service.ts";
import { ProgramStart } from "./program-start.ts";
import { ProcessStreams } from "./process-streams.ts";
import { startError } from "./runtime-errors.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";
import type { Keeper } from "./link/keeper.ts";
import { typeUrl } from "./link/task-api.ts";
import { RemoteProcess, type RemoteProcessOptions } from "./remote-process.ts";
import { allCapabilities } from "./spec/capabilities.ts";
import { specText } from "./spec/spec-text.ts";
import type { ExecOptions, ExitStatus, Process, StreamOptions, Task, TaskMetrics } from "./task.ts";

/** containerd.v1.types.Status */
const statusPaused = 4;

export interface RemoteTaskOptions extends RemoteProcessOptions {
  bundle: string;
  spec: RuntimeSpec;
  keeper: Keeper;
  cgroups: CgroupService;
  /** capabilities of drydockd's bounding set: what a privileged exec gets */
  capabilities: readonly string[];
  /** called when it has exited and the kernel had killed one of its processes for want of memory */
  onOutOfMemory: () => void;
}

/** The init process of a container in a supervisor, and all that concerns the container as a whole. */
export class RemoteTask extends RemoteProcess implements Task {
  readonly #task: RemoteTaskOptions;
  #exit: Promise<ExitStatus> | undefined;
  #program: ProgramStart | undefined;

  constructor(options: RemoteTaskOptions) {
    super(options);
    this.#task = options;
  }

  get id(): string {
    return this.#task.id;
  }

  override async start(): Promise<void> {
    this.#program = new ProgramStart(this.pid);
    await super.start();
  }

  async exec(options: ExecOptions): Promise<Process> {
    // runc refuses it (libcontainer, setns_init); crun would take it to be beneath the root.
    if (options.cwd !== "" && !options.cwd.startsWith("/")) {
      throw startError(new InvalidArgument("Cwd must be an absolute path"), options.args[0] ?? "", "exec");
    }
    this.#task.keeper.warm();
    await this.#program?.reached();
    const { streams, process } = this.#execProcess(options.id, options.args[0] ?? "", options);
    streams.prepare();
    try {
      await this.request(async (supervisor) =>
        supervisor.call("Exec", {
          id: this.#task.id,
          execId: options.id,
          terminal: options.terminal,
          ...streams.paths,
          spec: { typeUrl: typeUrl.process, value: Buffer.from(specText(this.#processSpec(options))) },
        }),
      );
    } catch (error) {
      streams.remove();
      throw error;
    }
    return process;
  }

  /** An exec that a predecessor of this drydockd made. */
  recoverExec(execId: string, pid: number, io: StreamOptions): Process {
    const { streams, process } = this.#execProcess(execId, "", io, pid);
    streams.reopen();
    return process;
  }

  async pause(): Promise<void> {
    await this.request(async (supervisor) => supervisor.call("Pause", { id: this.#task.id }));
  }

  async resume(): Promise<void> {
    await this.request(async (supervisor) => supervisor.call("Resume", { id: this.#task.id }));
  }

  async isPaused(): Promise<boolean> {
    try {
      const { status } = await this.request(async (supervisor) =>
        supervisor.call("State", { id: this.#task.id, execId: "" }),
      );
      return status === statusPaused;
    } catch (error) {
      if (isEngineError(error, "not_found")) return false;
      throw error;
    }
  }

  metrics(): Promise<TaskMetrics> {
    return Promise.resolve(this.#task.cgroups.metrics(this.#cgroupPath()));
  }

  oomKills(): number {
    return this.#task.cgroups.oomKills(this.#cgroupPath());
  }

  pids(): Promise<number[]> {
    return Promise.resolve(this.#task.cgroups.pids(this.#cgroupPath()));
  }

  async update(resources: RuntimeSpec["linux"]["resources"]): Promise<void> {
    const value = Buffer.from(JSON.stringify(resources ?? {}));
    await this.request(async (supervisor) =>
      supervisor.call("Update", { id: this.#task.id, resources: { typeUrl: typeUrl.resources, value } }),
    );
  }

  override wait(): Promise<ExitStatus> {
    this.#exit ??= super.wait().then(async (exit) => {
      // SupervisorLink report it too, but not everywhere: in a cgroup namespace on v1 they do not find the counter.
      if (this.oomKills() > 0) this.#task.onOutOfMemory();
      // Within a process namespace of its own the kernel has ended the others; elsewhere a container ends with its init, too.
      if (!this.#hasOwnProcesses()) await this.#task.cgroups.kill(this.#cgroupPath());
      return exit;
    });
    return this.#exit;
  }

  override async delete(): Promise<void> {
    await super.delete();
    // The runtime removes the cgroup; a cgroup that the container made beneath it is left to us.
    await this.#task.cgroups.remove(this.#cgroupPath());
    // Last: who finds no bundle takes all of it as gone.
    rmSync(this.#task.bundle, { recursive: true, force: true });
  }

  #hasOwnProcesses(): boolean {
    return this.#task.spec.linux.namespaces?.some(({ type, path }) => type === "pid" && path === undefined) ?? false;
  }

  #cgroupPath(): string {
    const path = this.#task.spec.linux.cgroupsPath;
    if (path === undefined) throw new FailedPrecondition(`the container ${this.#task.id} has no cgroup of its own`);
    return path;
  }

  #execProcess(execId: string, program: string, io: StreamOptions, pid = 0) {
    const { bundle, id, link, turns, tenant, onLost } = this.#task;
    const closeInput = (): Promise<void> => process.closeInput();
    const streams = new ProcessStreams(bundle, `${execId}-`, io, closeInput);
    const process = new RemoteProcess({ link, turns, tenant, id, execId, program, streams, pid, onLost });
    return { streams, process };
  }

  /** runtime-spec config.md, Process: as the container's own, but for what the exec asks. */
  #processSpec(options: ExecOptions): RuntimeSpec["process"] {
    const own = this.#task.spec.process;
    const bounding = options.privileged
      ? allCapabilities.filter((name) => this.#task.capabilities.includes(name))
      : (own.capabilities?.bounding ?? []);
    const held = options.user.uid === 0 ? bounding : [];
    return {
      terminal: options.terminal,
      ...(options.size ? { consoleSize: { height: options.size.rows, width: options.size.columns } } : {}),
      user: {
        uid: options.user.uid,
        gid: options.user.gid,
        ...(own.user.umask === undefined ? {} : { umask: own.user.umask }),
        additionalGids: options.user.additionalGids,
      },
      args: options.args,
      env: options.env,
      cwd: options.cwd === "" ? "/" : options.cwd,
      capabilities: { bounding, effective: held, permitted: held },
      ...(own.rlimits ? { rlimits: own.rlimits } : {}),
      noNewPrivileges: own.noNewPrivileges ?? false,
      ...(own.apparmorProfile === undefined || options.privileged ? {} : { apparmorProfile: own.apparmorProfile }),
    };
  }
}
