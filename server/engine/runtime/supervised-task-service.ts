import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { StartTurns } from "../concurrency/start-turns.ts";
import { AlreadyExists, InvalidArgument, isEngineError, messageOf } from "../errdefs/errors.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { CgroupService } from "./cgroups/cgroup-service.ts";
import { commandLineOf } from "./command-line.ts";
import type { RuntimeDriver } from "./drivers/driver.ts";
import { holdNetworkNamespace, wantsNetworkNamespace, withNetworkNamespace } from "./network-namespace.ts";
import { ProcessStreams } from "./process-streams.ts";
import { startError } from "./runtime-errors.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";
import { isGone } from "./remote-process.ts";
import { RemoteTask } from "./remote-task.ts";
import { specText } from "./spec/spec-text.ts";
import { encode, type Message } from "./link/protobuf.ts";
import { SupervisorLink } from "./link/supervisor-link.ts";
import { runcOptions, type taskMethods, typeUrl } from "./link/task-api.ts";
import type { Keeper } from "./link/keeper.ts";
import type { CreateTaskOptions, Process, RuntimeName, StreamOptions, Task, TaskService } from "./task.ts";

const run = promisify(execFile);
const SIGKILL = 9;
/** For a killed process to be reported. */
const exitTimeoutMs = 5000;
/** For the runtime that is in the middle of creating a container; how often it is looked for. */
const createTimeoutMs = 5000;
const createPollMs = 20;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export interface SupervisedTaskServiceOptions {
  /** run root (a tmpfs): bundles, sockets, FIFOs; made with mode 0711 */
  runDir: string;
  keeper: Keeper;
  cgroups: CgroupService;
  /** by name; what is in it now is what there is */
  drivers: ReadonlyMap<RuntimeName, RuntimeDriver>;
  /** of drydockd's bounding set */
  capabilities: readonly string[];
  /** the kernel killed a process of this container for want of memory: at once where the supervisor sees it, else at its end */
  onOutOfMemory?: (id: string) => void;
  /** one line of a supervisor's log */
  log?: (line: string) => void;
}

/** What is kept of a container in its bundle, for recovery. */
interface BundleRecord {
  tenant: TenantId;
  runtime: RuntimeName;
  /** program the runtime was called with */
  binary: string;
}

/** Tasks under the supervisor, which speaks the task API of containerd. */
export class SupervisedTaskService implements TaskService {
  readonly #options: SupervisedTaskServiceOptions;
  readonly #link: SupervisorLink;
  readonly #turns = new StartTurns();
  /** containers whose want of memory has been reported, until their id is used again */
  readonly #starved = new Set<string>();

  constructor(options: SupervisedTaskServiceOptions) {
    this.#options = options;
    this.#link = new SupervisorLink({
      dir: join(options.runDir, "supervisor"),
      keeper: options.keeper,
      log: (line) => options.log?.(line),
    });
  }

  /** Call once before anything else. */
  async start(): Promise<void> {
    await mkdir(this.#options.runDir, { recursive: true, mode: 0o711 });
    await mkdir(join(this.#options.runDir, "tasks"), { recursive: true, mode: 0o700 });
    await this.#options.keeper.start();
  }

  /** Lets go of all supervisors; containers go on. */
  close(): Promise<void> {
    this.#link.close();
    return Promise.resolve();
  }

  expectStart(): void {
    this.#options.keeper.warm();
  }

  async create(options: CreateTaskOptions): Promise<Task> {
    this.expectStart();
    if (!idPattern.test(options.id))
      throw new InvalidArgument(`${JSON.stringify(options.id)} cannot be a container's id`);
    this.#starved.delete(options.id);
    const driver = this.#options.drivers.get(options.runtime);
    if (driver === undefined) throw new InvalidArgument(`unknown or invalid runtime name: ${options.runtime}`);
    const binary = await driver.binary();
    const bundle = this.#bundle(options.id);
    let spec = this.#fitSpec(options, driver);
    const needsNetwork = !driver.makesNetworkNamespace && wantsNetworkNamespace(spec);
    using network = needsNetwork ? await holdNetworkNamespace() : undefined;
    if (network) spec = withNetworkNamespace(spec, network.path);
    makeBundle(bundle, spec, { tenant: options.tenant, runtime: options.runtime, binary });
    const streams = this.#streams(options.id, options.tenant, options);
    try {
      streams.prepare();
      const supervisor = await this.#link.acquire();
      const request = {
        id: options.id,
        bundle,
        terminal: options.terminal,
        ...streams.paths,
        options: { typeUrl: typeUrl.runcOptions, value: this.#runcOptions(spec, binary) },
      };
      const { pid } = await this.#turns.run(options.tenant, () => supervisor.call("Create", request));
      if (spec.linux.cgroupsPath !== undefined) this.#options.cgroups.countSockets(spec.linux.cgroupsPath);
      return this.#task(options.id, options.tenant, spec, streams, pid);
    } catch (error) {
      streams.remove();
      await this.purge(options.id, options.tenant);
      throw startError(error, spec.process.args[0] ?? "", "create", {
        rootfs: spec.root.path,
        sources: options.sources ?? new Map(),
      });
    } finally {
      streams.release();
    }
  }

  async recover(id: string, tenant: TenantId, io: StreamOptions): Promise<Task | undefined> {
    const spec = await readSpec(this.#bundle(id));
    const state = spec && (await this.#state(id, tenant, ""));
    if (!spec || !state) {
      if (spec)
        this.#options.log?.(`container ${id}: the supervisor that held it is gone; what is left of it is ended`);
      await this.purge(id, tenant);
      return undefined;
    }
    const streams = this.#streams(id, tenant, io);
    streams.reopen();
    return this.#task(id, tenant, spec, streams, state.pid);
  }

  async recoverExec(id: string, tenant: TenantId, execId: string, io: StreamOptions): Promise<Process | undefined> {
    const spec = await readSpec(this.#bundle(id));
    const state = spec && (await this.#state(id, tenant, execId));
    if (!spec || !state) return undefined;
    const task = this.#task(id, tenant, spec, this.#streams(id, tenant, io), 0);
    const exec = task.recoverExec(execId, state.pid, io);
    if (state.pid !== 0) return exec;
    // It was never started, and its maker is gone.
    await exec.delete();
    return undefined;
  }

  async purge(id: string, tenant: TenantId): Promise<void> {
    const bundle = this.#bundle(id);
    // It is what goes last.
    if (!existsSync(bundle)) return;
    const record = await readJson<BundleRecord>(join(bundle, "drydock.json"));
    if (record) await this.#awaitCreate(id, tenant);
    await this.#forget(id, tenant, record?.binary);
    // A supervisor that was killed in the middle of a create knows nothing of what its runtime has made.
    if (record) await this.#forceDelete(id, record.binary);
    const cgroup = (await readSpec(bundle))?.linux.cgroupsPath;
    if (cgroup !== undefined) await this.#options.cgroups.killAndRemove(cgroup);
    this.#starved.delete(id);
    await rm(bundle, { recursive: true, force: true });
  }

  /** Every task that has a bundle: those that run, have exited, or were cut off. What nobody knows is to be purged. */
  async list(): Promise<{ id: string; tenant: TenantId }[]> {
    const tasks: { id: string; tenant: TenantId }[] = [];
    for (const id of await readdir(join(this.#options.runDir, "tasks"))) {
      const record = await readJson<BundleRecord>(join(this.#bundle(id), "drydock.json"));
      // Without its record a bundle was never handed to a runtime.
      if (record) tasks.push({ id, tenant: record.tenant });
      else await rm(this.#bundle(id), { recursive: true, force: true });
    }
    return tasks;
  }

  async release(): Promise<void> {
    await this.#link.release();
  }

  async #state(
    id: string,
    tenant: TenantId,
    execId: string,
  ): Promise<Message<typeof taskMethods.State.response> | undefined> {
    const supervisor = await this.#link.find();
    if (!supervisor) return undefined;
    try {
      return await supervisor.call("State", { id, execId });
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** A supervisor goes on with the create that a drydockd which was killed had asked for: what is removed would come back. */
  async #awaitCreate(id: string, tenant: TenantId): Promise<void> {
    const end = Date.now() + createTimeoutMs;
    if (!(await this.#link.find())) return;
    while (Date.now() < end && isNamedByAProcess(this.#bundle(id)) && !(await this.#state(id, tenant, ""))) {
      await delay(createPollMs);
    }
  }

  /** Makes the supervisor kill and delete a task, if it knows it. */
  async #forget(id: string, tenant: TenantId, binary: string | undefined): Promise<void> {
    const supervisor = await this.#link.find();
    if (!supervisor || !(await this.#state(id, tenant, ""))) return;
    try {
      await supervisor.call("Kill", { id, signal: SIGKILL, all: true });
    } catch (error) {
      // runsc cannot signal what was never started, but deletes it.
      if (!isGone(error) && binary !== undefined) await this.#forceDelete(id, binary);
    }
    try {
      await Promise.race([supervisor.call("Wait", { id }), delay(exitTimeoutMs, undefined, { ref: false })]);
      await supervisor.call("Delete", { id });
    } catch (error) {
      if (isEngineError(error)) throw error;
      // What the runtime could not delete any more is deleted by force and by cgroup below.
      this.#options.log?.(`the supervisor could not delete the container ${id}: ${messageOf(error)}`);
    }
  }

  async #forceDelete(id: string, binary: string): Promise<void> {
    try {
      await run(binary, ["--root", this.#runtimeRoot(), "delete", "--force", id]);
    } catch (error) {
      if (!/does not exist|no such file|not found|not exist/i.test(messageOf(error))) {
        this.#options.log?.(`${binary} could not delete the container ${id}: ${messageOf(error)}`);
      }
    }
  }

  #task(id: string, tenant: TenantId, spec: RuntimeSpec, streams: ProcessStreams, pid: number): RemoteTask {
    return new RemoteTask({
      link: this.#link,
      turns: this.#turns,
      tenant,
      id,
      execId: "",
      program: spec.process.args[0] ?? "",
      streams,
      pid,
      onLost: () => this.#lost(id, spec),
      bundle: this.#bundle(id),
      spec,
      keeper: this.#options.keeper,
      cgroups: this.#options.cgroups,
      capabilities: this.#options.capabilities,
      onOutOfMemory: () => this.#outOfMemory(id),
    });
  }

  /** Once for each container, whoever notices first. */
  #outOfMemory(id: string): void {
    if (this.#starved.has(id)) return;
    this.#starved.add(id);
    this.#options.onOutOfMemory?.(id);
  }

  /** Nobody waits for its processes any more: they must not go on unseen. */
  async #lost(id: string, spec: RuntimeSpec): Promise<void> {
    this.#options.log?.(`container ${id}: its supervisor has ended (killed?), and it with it: exit status 255`);
    const record = await readJson<BundleRecord>(join(this.#bundle(id), "drydock.json"));
    if (record) await this.#forceDelete(id, record.binary);
    if (spec.linux.cgroupsPath !== undefined) await this.#options.cgroups.killAndRemove(spec.linux.cgroupsPath);
  }

  #fitSpec(options: CreateTaskOptions, driver: RuntimeDriver): RuntimeSpec {
    const { spec } = options;
    return driver.fitSpec({
      ...spec,
      root: { ...spec.root, path: options.rootfs },
      process: { ...spec.process, terminal: options.terminal },
    });
  }

  /** The streams belong to the container's root, so that its processes can open /dev/stdout again. */
  #runcOptions(spec: RuntimeSpec, binary: string): Buffer {
    return encode(runcOptions, {
      ioUid: spec.linux.uidMappings?.[0]?.hostID ?? 0,
      ioGid: spec.linux.gidMappings?.[0]?.hostID ?? 0,
      binaryName: binary,
      root: this.#runtimeRoot(),
    });
  }

  #streams(id: string, tenant: TenantId, io: StreamOptions): ProcessStreams {
    const closeInput = async (): Promise<void> => {
      const supervisor = await this.#link.find();
      try {
        await supervisor?.call("CloseIO", { id, stdin: true });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    };
    return new ProcessStreams(this.#bundle(id), "", io, closeInput);
  }

  #bundle(id: string): string {
    return join(this.#options.runDir, "tasks", id);
  }

  /** Where the runtimes keep their states. */
  #runtimeRoot(): string {
    return join(this.#options.runDir, "runtime", "drydock");
  }
}

/** True while a runtime that was called with this bundle runs (`crun create --bundle <bundle>`). */
function isNamedByAProcess(bundle: string): boolean {
  return globSync("[0-9]*", { cwd: "/proc" }).some((pid) => commandLineOf(Number(pid)).includes(bundle));
}

/** At once: on a tmpfs that takes less time than waiting for it. */
function makeBundle(bundle: string, spec: RuntimeSpec, record: BundleRecord): void {
  try {
    mkdirSync(bundle, { mode: 0o711 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new AlreadyExists(`a task with the id ${spec.hostname ?? bundle} exists already`, { cause: error });
  }
  writeFileSync(join(bundle, "drydock.json"), JSON.stringify(record), { mode: 0o600 });
  writeFileSync(join(bundle, "config.json"), specText(spec), { mode: 0o600 });
}

function readSpec(bundle: string): Promise<RuntimeSpec | undefined> {
  return readJson<RuntimeSpec>(join(bundle, "config.json"));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    // A file cut off by a crash counts as missing: its container was never created.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
