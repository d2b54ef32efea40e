import type { EngineClient } from "../client/engine-client.ts";
import type { WorkspaceRepository } from "./workspace-repository.ts";
import type { WorkspaceService } from "./workspace-service.ts";

export interface JanitorOptions {
  /** ms without activity, after which containers are stopped */
  stopAfter: number;
  /** ms without activity, after which the workspace is deleted */
  timeToLive: number;
}

/** Takes away what nobody uses: stops the containers of idle workspaces, deletes those idle for long. */
export class Janitor {
  readonly #workspaces: WorkspaceRepository;
  readonly #service: WorkspaceService;
  readonly #engine: EngineClient;
  readonly #options: JanitorOptions;
  /** stopped since their last activity */
  readonly #stopped = new Map<string, number>();

  constructor(
    workspaces: WorkspaceRepository,
    service: WorkspaceService,
    engine: EngineClient,
    options: JanitorOptions,
  ) {
    this.#workspaces = workspaces;
    this.#service = service;
    this.#engine = engine;
    this.#options = options;
  }

  /** Goes round now and every five minutes, until `signal` is aborted. */
  start(signal: AbortSignal): void {
    const timer = setInterval(() => {
      this.round(Date.now()).catch((error: unknown) => console.error("Clearing idle workspaces failed.", error));
    }, 300_000);
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** One round. A workspace that fails is reported and left for the next one. */
  async round(now: number): Promise<void> {
    // With the engine away nothing can be cleared; the rows must stay until it is.
    await this.#engine.status();
    for (const workspace of await this.#workspaces.idleSince(new Date(now - this.#options.stopAfter))) {
      const idleSince = workspace.lastActiveAt.getTime();
      try {
        // Nobody's: its owner has deleted it, and the engine could not then.
        if (workspace.owner === "" || idleSince < now - this.#options.timeToLive) {
          await this.#service.remove(workspace.id);
          this.#stopped.delete(workspace.id);
        } else if (this.#stopped.get(workspace.id) !== idleSince) {
          await this.#stopContainers(workspace.id);
          this.#stopped.set(workspace.id, idleSince);
        }
      } catch (error) {
        console.error(`Clearing idle workspace ${workspace.id} failed.`, error);
      }
    }
  }

  async #stopContainers(id: string): Promise<void> {
    const workspace = await this.#workspaces.find(id);
    if (workspace === undefined || !workspace.seeded) return;
    const { docker } = await this.#service.tenant(workspace);
    const running = (await docker.containers()).filter((container) => container.State === "running");
    await Promise.all(running.map((container) => docker.act(container.Id, "stop")));
  }
}
