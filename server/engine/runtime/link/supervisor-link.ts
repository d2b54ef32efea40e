import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isEngineError } from "../../errdefs/errors.ts";
import type { Keeper } from "./keeper.ts";
import { isRunning, processStartTime } from "./process-id.ts";
import type { Message, PartialMessage } from "./protobuf.ts";
import { startSupervisor } from "./start-supervisor.ts";
import { taskMethods, taskService } from "./task-api.ts";
import { TtrpcClient } from "./ttrpc-client.ts";

type Methods = typeof taskMethods;

/** For a supervisor that was told to end. */
const shutdownTimeoutMs = 5000;

/** The task API of the supervisor. */
export class SupervisorClient {
  readonly #ttrpc: TtrpcClient;

  constructor(ttrpc: TtrpcClient) {
    this.#ttrpc = ttrpc;
  }

  get closed(): boolean {
    return this.#ttrpc.closed;
  }

  /** @throws TtrpcError, Unavailable as TtrpcClient.call */
  call<M extends keyof Methods>(
    method: M,
    request: PartialMessage<Methods[M]["request"]>,
  ): Promise<Message<Methods[M]["response"]>> {
    return this.#ttrpc.call<Methods[M]["request"], Methods[M]["response"]>(
      taskService,
      method,
      taskMethods[method],
      request,
    );
  }

  close(): void {
    this.#ttrpc.close();
  }
}

export interface SupervisorLinkOptions {
  /** the supervisor's, beneath the run root */
  dir: string;
  keeper: Keeper;
  /** gets what the supervisor writes, one line at a time, for as long as the drydockd that started it lives */
  log: (line: string) => void;
}

/** The connection to the supervisor of this run directory, which is started when it is first needed. */
export class SupervisorLink {
  readonly #options: SupervisorLinkOptions;
  #client: Promise<SupervisorClient> | undefined;
  #starting: Promise<SupervisorClient> | undefined;

  constructor(options: SupervisorLinkOptions) {
    this.#options = options;
  }

  /** The supervisor; started if there is none. */
  async acquire(): Promise<SupervisorClient> {
    const found = await this.find();
    if (found) return found;
    // One start at a time: whoever comes meanwhile waits for the same one.
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** The supervisor if it lives. */
  async find(): Promise<SupervisorClient | undefined> {
    const current = await this.#current();
    if (current) return current;
    if (this.#pid() === undefined) return undefined;
    try {
      return await this.#connect();
    } catch (error) {
      if (isEngineError(error, "unavailable")) return undefined;
      throw error;
    }
  }

  /** Ends the supervisor if nothing runs any more. */
  async release(): Promise<void> {
    const pid = this.#pid();
    const supervisor = await this.find();
    if (!supervisor || pid === undefined) return;
    try {
      const { ending } = await supervisor.call("Shutdown", {});
      if (!ending) return;
    } catch (error) {
      // It ends while answering: the connection is gone, which is what was asked for.
      if (!isEngineError(error, "unavailable")) throw error;
    }
    for (const end = Date.now() + shutdownTimeoutMs; isRunning(pid) && Date.now() < end;) await delay(5);
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  }

  /** Leaves it running and lets go of it. */
  close(): void {
    this.#client?.then((supervisor) => supervisor.close()).catch(() => undefined);
    this.#client = undefined;
  }

  async #current(): Promise<SupervisorClient | undefined> {
    try {
      const known = await this.#client;
      return known && !known.closed ? known : undefined;
    } catch (error) {
      // Somebody else's attempt to connect failed, and was told so.
      if (isEngineError(error)) return undefined;
      throw error;
    }
  }

  async #start(): Promise<SupervisorClient> {
    const { dir, keeper, log } = this.#options;
    await startSupervisor({ dir, mountNamespace: keeper.mountNamespace, log });
    return this.#connect();
  }

  #connect(): Promise<SupervisorClient> {
    const connecting = TtrpcClient.connect(join(this.#options.dir, "socket")).then(
      (ttrpc) => new SupervisorClient(ttrpc),
    );
    this.#client = connecting;
    connecting.catch(() => {
      if (this.#client === connecting) this.#client = undefined;
    });
    return connecting;
  }

  /** Of the supervisor that runs, this drydockd's or a predecessor's. */
  #pid(): number | undefined {
    try {
      const [pid, startTime] = readFileSync(join(this.#options.dir, "pid"), "utf8").split(" ");
      return processStartTime(Number(pid)) === startTime && isRunning(Number(pid)) ? Number(pid) : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}
