import type { WorkspaceView } from "#contract/playground-api.ts";
import { WorkspaceApi } from "../../lib/api.ts";
import { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import { BuildsStore } from "../build/builds-store.ts";
import { UsageStore } from "../container-usage/usage-store.ts";
import { ContainersStore } from "../containers/containers-store.ts";
import { DocumentsStore } from "../editor/documents-store.ts";
import { ExperimentStore } from "../experiment/experiment-store.ts";
import { FilesStore } from "../files/files-store.ts";
import { GuideStore } from "../guide/guide-store.ts";
import { RequestsStore } from "../requests/requests-store.ts";
import { TerminalsStore } from "../terminals/terminals-store.ts";
import { goAlong } from "../together/go-along.ts";
import { TogetherStore } from "../together/together-store.ts";
import { Notices } from "../ui/notices.tsx";
import { takeRunWish } from "./run-wish.ts";
import { takeTypedWish } from "./typed-wish.ts";

export type WorkspaceDialog =
  | "together"
  | "palette"
  | "shortcuts"
  | "share"
  | "secrets"
  | "run"
  | "rename"
  | "examples"
  | "limits"
  | "delete";

/** Everything the panes share, made once for the open workspace. */
export class WorkspaceModel {
  readonly id: string;
  readonly view: Store<WorkspaceView>;
  readonly api: WorkspaceApi;
  readonly connection: Connection;
  readonly notices = new Notices();
  /** the one that is open */
  readonly dialog = new Store<WorkspaceDialog | undefined>(undefined);
  readonly files: FilesStore;
  readonly documents: DocumentsStore;
  readonly builds: BuildsStore;
  readonly experiment: ExperimentStore;
  readonly containers: ContainersStore;
  readonly usage: UsageStore;
  readonly terminals: TerminalsStore;
  readonly guide: GuideStore;
  readonly together: TogetherStore;
  readonly requests = new RequestsStore();
  readonly #stops: (() => void)[] = [];

  constructor(view: WorkspaceView) {
    this.id = view.id;
    this.view = new Store(view);
    this.api = new WorkspaceApi(view.id);
    this.connection = new Connection(view.id);
    this.files = new FilesStore(this.api, this.notices);
    const { api, connection, files, notices } = this;
    this.documents = new DocumentsStore({ workspace: view.id, role: view.role, connection, files, notices });
    const { documents } = this;
    this.together = new TogetherStore(view.member, connection);
    this.builds = new BuildsStore({ api, connection, documents, files, notices });
    this.experiment = new ExperimentStore({ api, connection, documents, files, notices }, this.builds);
    this.containers = new ContainersStore(api, notices);
    this.usage = new UsageStore(connection);
    this.terminals = new TerminalsStore({ api, connection, notices, together: this.together });
    this.guide = new GuideStore(this);
  }

  /** @param how `first`: opened at the playground's door, not by a link; `run`: to be built and run at once */
  start({ first = false, run = false }: { first?: boolean; run?: boolean }): void {
    this.#stops.push(
      this.guide.start(first),
      this.together.start(),
      goAlong(this.together, this),
      this.#followRole(),
      this.connection.on("list-changed", () => void this.terminals.refresh()),
      this.documents.start(),
      this.files.follow(this.connection),
      this.containers.follow(this.connection),
      // What could not be started is built anew.
      this.builds.starting.subscribe(() => this.builds.starting.value && this.containers.notStarted.set(undefined)),
      this.#keepNoticesFromRepeating(),
      this.connection.trouble.subscribe(() => {
        const message = this.connection.trouble.value;
        if (message !== undefined) this.notices.show("error", message);
        this.connection.trouble.set(undefined);
      }),
    );
    void this.#startBuilds(run);
    void this.terminals.start();
    const typed = takeTypedWish(this.id);
    if (typed !== undefined) void this.terminals.type("git clone", typed);
  }

  stop(): void {
    this.builds.stop();
    this.usage.stop();
    for (const stop of this.#stops.splice(0)) stop();
    this.connection.close();
  }

  /** Deletes it for good. Nothing is asked of it afterwards. */
  async discard(): Promise<void> {
    await this.api.discard();
    this.stop();
  }

  /** While the engine is away the banner says so all the time: a notice of it lies over what the learner goes to. */
  #keepNoticesFromRepeating(): () => void {
    const { connection, notices } = this;
    const dismiss = (): void => {
      if (connection.state.value.engineUp) return;
      const text = messages.errors.reasons["engine-away"];
      for (const each of notices.store.value) if (each.text === text) notices.dismiss(each.id);
    };
    const stops = [notices.store.subscribe(dismiss), connection.state.subscribe(dismiss)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Somebody has given this learner another role: the page begins anew with it. */
  #followRole(): () => void {
    const { people } = this.together;
    return people.subscribe(() => {
      const self = people.value.find((person) => this.together.isSelf(person));
      if (self !== undefined && self.role !== this.view.value.role) location.reload();
    });
  }

  async #startBuilds(run: boolean): Promise<void> {
    const { builds, containers } = this;
    const wished = takeRunWish(this.id) || run;
    builds.wished.set(wished);
    await builds.start();
    if (wished) await builds.buildAndRun((image) => containers.run({ image }));
    builds.wished.set(false);
  }
}
