import type { EngineClient } from "../client/engine-client.ts";
import { EngineAway } from "../http/problem.ts";
import type { RecordRepository } from "../records/record-repository.ts";
import type { Workspace, WorkspaceRepository } from "./workspace-repository.ts";
import type { WorkspaceService } from "./workspace-service.ts";

/** Rounds in which a workspace may fail to be recorded. */
const mostFailures = 5;

export interface JanitorOptions {
  /** ms without activity, after which containers are stopped */
  stopAfter: number;
  /** ms without activity, after which the workspace is deleted but for what is kept of it */
  timeToLive: number;
  /** ms for which that is kept */
  keepFor: number;
}

/** How often it goes round, ms. */
const period = 300_000;

/** Takes away what nobody uses: stops the containers of idle workspaces, deletes those idle for long. */
export class Janitor {
  readonly #workspaces: WorkspaceRepository;
  readonly #records: RecordRepository;
  readonly #service: WorkspaceService;
  readonly #engine: EngineClient;
  readonly #options: JanitorOptions;
  /** how often each could not be cleared */
  readonly #failed = new Map<string, number>();
  /** stopped since their last activity */
  readonly #stopped = new Map<string, number>();

  constructor(
    { workspaces, records }: { workspaces: WorkspaceRepository; records: RecordRepository },
    service: WorkspaceService,
    engine: EngineClient,
    options: JanitorOptions,
  ) {
    this.#workspaces = workspaces;
    this.#records = records;
    this.#service = service;
    this.#engine = engine;
    this.#options = options;
  }

  /**
   * Goes round now and every five minutes, until `signal` is aborted.
   * @param turn whether it is this web that does, of several, for so many ms
   */
  start(signal: AbortSignal, turn: (ms: number) => Promise<boolean>): void {
    const go = async (): Promise<void> => {
      if (await turn(period - 10_000)) await this.round(Date.now());
    };
    const round = (): void => {
      go().catch((error: unknown) => {
        // As at each start, when both begin together: the next round is soon enough, and /readyz tells of one that stays away.
        if (!(error instanceof EngineAway)) console.error("Clearing idle workspaces failed.", error);
      });
    };
    round();
    const timer = setInterval(round, period);
    timer.unref();
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** One round. A workspace that fails is reported and left for the next one. */
  async round(now: number): Promise<void> {
    // With the engine away nothing can be cleared; the rows must stay until it is.
    await this.#engine.status();
    const idle = await this.#workspaces.idleSince(new Date(now - this.#options.stopAfter));
    const begun = await this.#records.expired(idle.map(({ id }) => id));
    for (const workspace of idle) {
      const idleSince = workspace.lastActiveAt.getTime();
      try {
        // Nobody's: its owner has deleted it, and the engine could not then.
        if (workspace.owner === "") await this.#service.remove(workspace.id);
        else if (idleSince < now - this.#options.timeToLive || begun.has(workspace.id)) {
          await this.#expire(workspace);
          this.#stopped.delete(workspace.id);
        } else if (this.#stopped.get(workspace.id) !== idleSince) {
          await this.#service.stopContainers(workspace.id);
          this.#stopped.set(workspace.id, idleSince);
        }
      } catch (error) {
        console.error(`Clearing idle workspace ${workspace.id} failed.`, error);
      }
    }
    for (const id of await this.#records.madeBefore(now - this.#options.keepFor)) await this.#service.remove(id);
  }

  /** One that cannot be recorded goes without in the end: a machine is not filled by what nobody uses. */
  async #expire(workspace: Workspace): Promise<void> {
    const failures = this.#failed.get(workspace.id) ?? 0;
    this.#failed.set(workspace.id, failures + 1);
    if (failures < mostFailures) await this.#service.expire(workspace);
    else await this.#service.remove(workspace.id);
    this.#failed.delete(workspace.id);
  }
}
