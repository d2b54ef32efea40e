import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AlreadyExists, FailedPrecondition, InvalidArgument, NotFound } from "../../errdefs/errors.ts";
import { isRunning } from "../link/process-id.ts";
import { decode, encode, type Message, type PartialMessage } from "../link/protobuf.ts";
import { runcOptions, taskMethods, taskService, taskStatus } from "../link/task-api.ts";
import { timestampOf } from "../link/timestamp.ts";
import type { Reaper } from "./reaper.ts";
import { RuntimeProgram } from "./runtime-program.ts";
import { SupervisedContainer } from "./supervised-container.ts";
import { Tidying } from "./tidying.ts";

type Methods = typeof taskMethods;
type Method = keyof Methods;
type Request<M extends Method> = Message<Methods[M]["request"]>;
type Response<M extends Method> = PartialMessage<Methods[M]["response"]>;
type Handlers = { [M in Method]: (request: Request<M>) => Response<M> | Promise<Response<M>> };

/** containerd's task API over the containers of one run directory. */
export class TaskServer {
  readonly #reaper: Reaper;
  readonly #containers = new Map<string, SupervisedContainer>();
  readonly #tidying = new Tidying();
  readonly #onShutdown: () => void;

  constructor(reaper: Reaper, onShutdown: () => void) {
    this.#reaper = reaper;
    this.#onShutdown = onShutdown;
  }

  /** Nothing is held: no container that runs, nor the exit status of one that has ended. */
  get isEmpty(): boolean {
    return this.#containers.size === 0;
  }

  /** Ends what runs: nobody can ask for it any more. */
  abandon(): void {
    for (const { init } of this.#containers.values()) {
      if (init.pid !== 0 && init.exit === undefined) process.kill(init.pid, "SIGKILL");
    }
  }

  /** @throws engine errors, and Internal with a runtime's words */
  async answer(service: string, method: string, payload: Buffer): Promise<Buffer> {
    if (service !== taskService || !Object.hasOwn(taskMethods, method)) {
      throw new NotFound(`no method ${method} of ${service} here`);
    }
    return this.#call(method as Method, payload);
  }

  async #call<M extends Method>(method: M, payload: Buffer): Promise<Buffer> {
    const handler: (request: Request<M>) => Response<M> | Promise<Response<M>> = this.#handlers[method];
    const { request, response }: Methods[M] = taskMethods[method];
    return encode(response, await handler(decode(request, payload) as Request<M>));
  }

  readonly #handlers: Handlers = {
    Create: (request) => this.#create(request),
    Start: async ({ id, execId }) => {
      this.#tidying.postpone();
      return { pid: (await this.#container(id).start(execId)).pid };
    },
    Exec: ({ id, execId, terminal, stdin, stdout, stderr, spec }) => {
      if (spec === undefined) throw new InvalidArgument("an exec needs a description of its process");
      this.#container(id).addExec(execId, { terminal, stdin, stdout, stderr }, spec.value);
      return {};
    },
    Wait: async ({ id, execId }) => {
      const exit = await this.#container(id).process(execId).exited;
      return { exitStatus: exit.code, exitedAt: timestampOf(exit.exitedAt) };
    },
    Delete: ({ id, execId }) => this.#delete(id, execId),
    State: async ({ id, execId }) => {
      // A drydockd that was killed may have asked for an exec that is about to run.
      if (execId !== "") await this.#container(id).process(execId).launching;
      return this.#state(id, execId);
    },
    Kill: async ({ id, execId, signal, all }) => {
      const container = this.#container(id);
      const process = container.process(execId);
      if (process.exit !== undefined) throw new NotFound("process already finished");
      if (execId !== "") {
        process.signal(signal);
        return {};
      }
      try {
        await container.runtime.kill(signal, all);
      } catch (error) {
        // The runtime refuses a signal to what has just ended, and does not always say why.
        throw isRunning(process.pid) ? error : new NotFound("process already finished");
      }
      return {};
    },
    ResizePty: ({ id, execId, width, height }) => {
      this.#container(id).process(execId).resize(width, height);
      return {};
    },
    CloseIO: ({ id, execId }) => {
      this.#container(id).process(execId).closeInput();
      return {};
    },
    Pause: async ({ id }) => {
      const container = this.#running(id);
      await container.runtime.pause();
      container.paused = true;
      return {};
    },
    Resume: async ({ id }) => {
      const container = this.#running(id);
      await container.runtime.resume();
      container.paused = false;
      return {};
    },
    Update: async ({ id, resources }) => {
      const container = this.#running(id);
      const file = join(container.bundle, "resources.json");
      writeFileSync(file, resources?.value ?? "{}", { mode: 0o600 });
      await container.runtime.update(file);
      return {};
    },
    Shutdown: async () => {
      await this.#tidying.finish();
      // One without a bundle has been purged, and its processes killed.
      const runs = [...this.#containers.values()].some((one) => one.init.exit === undefined && existsSync(one.bundle));
      if (!runs) setImmediate(this.#onShutdown);
      return { ending: !runs };
    },
  };

  async #create(request: Request<"Create">): Promise<Response<"Create">> {
    const { id, bundle, terminal, stdin, stdout, stderr, options } = request;
    if (this.#containers.has(id)) throw new AlreadyExists(`task ${id} exists already`);
    if (options === undefined) throw new InvalidArgument("a task needs its runtime's options");
    this.#tidying.postpone();
    const { binaryName: binary, root, ioUid: uid, ioGid: gid } = decode(runcOptions, options.value);
    const runtime = new RuntimeProgram(this.#reaper, { binary, root, bundle, id });
    const place = { id, bundle, owner: { uid, gid } };
    const container = new SupervisedContainer(this.#reaper, runtime, place, { terminal, stdin, stdout, stderr });
    this.#containers.set(id, container);
    try {
      await this.#tidying.done(id);
      await container.create();
      return { pid: container.init.pid };
    } catch (error) {
      this.#containers.delete(id);
      throw error;
    }
  }

  #delete(id: string, execId: string): Response<"Delete"> {
    const container = this.#container(id);
    if (execId !== "") {
      const exit = container.removeExec(execId);
      return { exitStatus: exit?.code ?? 0, exitedAt: timestampOf(exit?.exitedAt ?? 0) };
    }
    const { init } = container;
    if (init.exit === undefined) throw new FailedPrecondition(`the container ${id} has not exited`);
    container.letGo();
    this.#containers.delete(id);
    this.#tidying.add(id, () => container.runtime.delete());
    return { pid: init.pid, exitStatus: init.exit.code, exitedAt: timestampOf(init.exit.exitedAt) };
  }

  #state(id: string, execId: string): Response<"State"> {
    const container = this.#container(id);
    const { pid, exit, plan } = container.process(execId);
    const begun = execId === "" ? container.started : pid !== 0;
    const alive = container.paused ? taskStatus.paused : begun ? taskStatus.running : taskStatus.created;
    const { terminal, stdin, stdout, stderr } = plan;
    return {
      id,
      execId,
      bundle: container.bundle,
      pid,
      terminal,
      stdin,
      stdout,
      stderr,
      status: exit === undefined ? alive : taskStatus.stopped,
      exitStatus: exit?.code ?? 0,
      exitedAt: timestampOf(exit?.exitedAt ?? 0),
    };
  }

  #running(id: string): SupervisedContainer {
    const container = this.#container(id);
    if (container.init.exit !== undefined) throw new NotFound("process already finished");
    return container;
  }

  #container(id: string): SupervisedContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new NotFound(`container ${id} not found`);
    return container;
  }
}
