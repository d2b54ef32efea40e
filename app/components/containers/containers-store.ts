import type { ContainerAction, ContainerView, ImageView, RunContainer } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import type { Notices } from "../ui/notices.tsx";
import { Removals } from "./removals.ts";
import { startFailureOf } from "./start-failure.ts";

/** The sides of a container that the page shows. */
export const detailTabs = ["log", "usage", "files", "processes", "inspect", "anatomy"] as const;
export type DetailTab = (typeof detailTabs)[number];

export function isDetailTab(name: string): name is DetailTab {
  return detailTabs.some((each) => each === name);
}

/** What the pane shows: the containers, or something about all of them. */
export const runningViews = ["containers", "networks", "compose", "requests"] as const;
export type RunningView = (typeof runningViews)[number];

/** The workspace's containers as the engine tells of them. */
export class ContainersStore {
  /** without the workstation; undefined until the list has come */
  readonly list = new Store<ContainerView[] | undefined>(undefined);
  /** what each is called by id, the workstation too; undefined until the list has come */
  readonly names = new Store<ReadonlyMap<string, string> | undefined>(undefined);
  /** whether each runs by id, the workstation too; undefined until the list has come */
  readonly running = new Store<ReadonlyMap<string, boolean> | undefined>(undefined);
  /** of all that this page has seen, also of those that are gone */
  readonly #workstations = new Set<string>();
  readonly selected = new Store<string | undefined>(undefined);
  readonly view = new Store<RunningView>("containers");
  /** the side of the selected one that is shown */
  readonly tab = new Store<DetailTab>("log");
  /** the last Run, if its program could not be started; `text` is dockerd's */
  readonly notStarted = new Store<{ image: string; typed: boolean; text: string } | undefined>(undefined);
  readonly images = new Store<ImageView[]>([]);
  /** ids of containers with an action under way */
  readonly busy = new Store<ReadonlySet<string>>(new Set());
  readonly removals: Removals;
  readonly #api: WorkspaceApi;
  readonly #notices: Notices;

  constructor(api: WorkspaceApi, notices: Notices) {
    this.#api = api;
    this.#notices = notices;
    this.removals = new Removals(api, notices);
  }

  follow(connection: Connection): () => void {
    const stop = connection.follow(
      { kind: "containers", position: 0 },
      {
        onData: (all) => {
          const list = all.filter((container) => !container.workstation);
          this.names.set(new Map(all.map(({ id, name }) => [id, name])));
          this.running.set(new Map(all.map(({ id, state }) => [id, state === "running"])));
          for (const each of all) if (each.workstation) this.#workstations.add(each.id);
          this.list.set(list);
          this.removals.listed(list);
          if (!list.some((container) => container.id === this.selected.value)) this.selected.set(list[0]?.id);
        },
      },
    );
    return () => {
      stop();
      this.removals.stop();
    };
  }

  /** Whether it is, or was, the learner's workstation. */
  isWorkstation(id: string): boolean {
    return this.#workstations.has(id);
  }

  /** Starts a container and shows it; undefined when it could not be started. */
  async run(run: RunContainer): Promise<string | undefined> {
    this.notStarted.set(undefined);
    await this.removals.settle();
    try {
      const { id } = await this.#api.runContainer(run);
      this.selected.set(id);
      this.view.set("containers");
      this.ran.update((count) => count + 1);
      return id;
    } catch (error) {
      const text = errorText(error);
      if (startFailureOf(text) === undefined) this.#notices.show("error", text);
      else {
        this.notStarted.set({ image: run.image, typed: run.cmd !== undefined, text });
        this.view.set("containers");
        this.ran.update((count) => count + 1);
      }
      return undefined;
    }
  }
  /** counts starts: the narrow layout goes to the containers then */
  readonly ran = new Store(0);
  /** counts ports that were opened */
  readonly opened = new Store(0);

  act(id: string, action: ContainerAction): Promise<void> {
    return this.#attempt(id, async () => {
      await this.removals.settle();
      try {
        await this.#api.act(id, action);
      } catch (error) {
        // What its log says at length is no notice too.
        if (startFailureOf(errorText(error)) === undefined) throw error;
        this.selected.set(id);
        this.tab.set("log");
      }
    });
  }

  async refreshImages(): Promise<void> {
    try {
      this.images.set(await this.#api.images());
    } catch {
      // The list as it was is better than none; it is read again when it is next opened.
    }
  }

  /** Opens a port in a tab of its own. The tab is made at once: later a browser would not allow it. */
  async open(id: string, port: number): Promise<void> {
    const tab = window.open("about:blank", "_blank");
    if (tab === null) {
      this.#notices.show("error", messages.containers.popup);
      return;
    }
    tab.opener = null;
    this.opened.update((count) => count + 1);
    try {
      tab.location.replace((await this.#api.preview(id, port)).url);
    } catch (error) {
      tab.close();
      this.#notices.show("error", errorText(error));
    }
  }

  async #attempt(id: string, action: () => Promise<void>): Promise<void> {
    this.busy.update((busy) => new Set([...busy, id]));
    try {
      await action();
    } catch (error) {
      this.#notices.show("error", errorText(error));
    } finally {
      this.busy.update((busy) => new Set([...busy].filter((each) => each !== id)));
    }
  }
}
