import { setTimeout as delay } from "node:timers/promises";
import { isEngineError, messageOf, NotFound, Unavailable } from "../errdefs/errors.ts";
import type { StartTurns } from "../concurrency/start-turns.ts";
import type { TenantId } from "../tenants/tenant.ts";
import type { ProcessStreams } from "./process-streams.ts";
import { startError } from "./runtime-errors.ts";
import { timestampToMs } from "./link/timestamp.ts";
import type { SupervisorClient, SupervisorLink } from "./link/supervisor-link.ts";
import { TtrpcError } from "./link/ttrpc-client.ts";
import { statusCode } from "./link/ttrpc.ts";
import type { ExitStatus, Process, ProcessIO } from "./task.ts";

/** As dockerd reports a process whose supervisor was lost with its exit status. */
const lostExitCode = 255;
/** How often a lost connection is made anew before its supervisor counts as dead. */
const reconnects = 3;

export interface RemoteProcessOptions {
  link: SupervisorLink;
  /** in which execs are started */
  turns: StartTurns;
  tenant: TenantId;
  /** of the container */
  id: string;
  /** empty for the init process */
  execId: string;
  /** its program, for messages */
  program: string;
  streams: ProcessStreams;
  pid: number;
  /** the supervisor has died: clean up what it left */
  onLost: () => Promise<void>;
}

/** A process that a supervisor holds, addressed by the container's id and, for an exec, the exec's. */
export class RemoteProcess implements Process {
  protected readonly options: RemoteProcessOptions;
  #pid: number;
  #exit: Promise<ExitStatus> | undefined;

  constructor(options: RemoteProcessOptions) {
    this.options = options;
    this.#pid = options.pid;
  }

  get pid(): number {
    return this.#pid;
  }

  get io(): ProcessIO {
    return this.options.streams.io;
  }

  async start(): Promise<void> {
    const { turns, tenant, execId } = this.options;
    const supervisor = await this.supervisor();
    try {
      const call = () => supervisor.call("Start", this.target());
      // The init process is there: what `create` made of it waits for a byte.
      const { pid } = await (execId === "" ? call() : turns.run(tenant, call));
      if (pid !== 0) this.#pid = pid;
    } catch (error) {
      throw startError(error, this.options.program, this.options.execId === "" ? "create" : "exec");
    } finally {
      // An exec's streams are opened by the supervisor when it starts; those of an init were before.
      this.options.streams.release();
    }
  }

  async kill(signal: number, options: { all?: boolean } = {}): Promise<void> {
    await this.request(async (supervisor) =>
      supervisor.call("Kill", { ...this.target(), signal, all: options.all ?? false }),
    );
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.request(async (supervisor) =>
      supervisor.call("ResizePty", { ...this.target(), width: columns, height: rows }),
    );
  }

  wait(): Promise<ExitStatus> {
    this.#exit ??= this.#wait();
    return this.#exit;
  }

  async delete(): Promise<void> {
    try {
      const supervisor = await this.options.link.find();
      await supervisor?.call("Delete", this.target());
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    this.options.streams.remove();
  }

  /** Tells the supervisor that the process gets no more input. */
  async closeInput(): Promise<void> {
    try {
      const supervisor = await this.options.link.find();
      await supervisor?.call("CloseIO", { ...this.target(), stdin: true });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  protected target(): { id: string; execId: string } {
    return { id: this.options.id, execId: this.options.execId };
  }

  /** @throws Unavailable when the supervisor is dead */
  protected async supervisor(): Promise<SupervisorClient> {
    const supervisor = await this.options.link.find();
    if (supervisor) return supervisor;
    throw new Unavailable(`the supervisor of the container ${this.options.id.slice(0, 12)} is gone`);
  }

  /** @throws NotFound when the process has exited */
  protected async request<T>(call: (supervisor: SupervisorClient) => Promise<T>): Promise<T> {
    try {
      return await call(await this.supervisor());
    } catch (error) {
      const what = this.options.execId === "" ? "container" : "exec";
      if (isGone(error)) {
        throw new NotFound(`the process of the ${what} ${this.options.id.slice(0, 12)} is not running`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  async #wait(): Promise<ExitStatus> {
    for (let attempt = 0; attempt < reconnects; attempt++) {
      try {
        const supervisor = await this.options.link.find();
        if (!supervisor) break;
        const { exitStatus, exitedAt } = await supervisor.call("Wait", this.target());
        return { code: exitStatus, exitedAt: timestampToMs(exitedAt) };
      } catch (error) {
        if (error instanceof TtrpcError && error.status === statusCode.notFound) break;
        if (!isEngineError(error, "unavailable")) throw error;
        // The connection ended; its supervisor may live on.
        await delay(20 * attempt);
      }
    }
    await this.options.onLost();
    return { code: lostExitCode, exitedAt: Date.now() };
  }
}

/** The supervisor knows the process no more, or it has ended: its texts and the runtimes'. */
export function isGone(error: unknown): boolean {
  if (isEngineError(error, "not_found", "unavailable")) return true;
  if (!(error instanceof TtrpcError)) return false;
  if (error.status === statusCode.notFound) return true;
  return /process already finished|no such process|container not running|not found|does not exist|already deleted|stopped process|stopped state|container has stopped|is not running/i.test(
    messageOf(error),
  );
}
