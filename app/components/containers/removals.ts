import type { ContainerView } from "#contract/playground-api.ts";
import { ApiError, errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import type { Notices } from "../ui/notices.tsx";
import { PutOff } from "../ui/put-off.ts";

interface Removal {
  name: string;
  ran: boolean;
  /** it can be taken back; else it is under way */
  waits: boolean;
}

/** Containers whose removal was asked for on this page: put off, as long as nothing needs their names, ports or room. */
export class Removals {
  /** by id */
  readonly pending = new Store<ReadonlyMap<string, Removal>>(new Map());
  /** who removes what on other pages: people's names by id */
  readonly byOthers = new Store<Readonly<Record<string, string>>>({});
  readonly #api: Pick<WorkspaceApi, "removeContainer">;
  readonly #notices: Pick<Notices, "show" | "dismiss">;
  readonly #putOff: PutOff;

  constructor(api: Pick<WorkspaceApi, "removeContainer">, notices: Pick<Notices, "show" | "dismiss">) {
    this.#api = api;
    this.#notices = notices;
    this.#putOff = new PutOff(notices);
  }

  ask({ id, name, state }: Pick<ContainerView, "id" | "name" | "state">): void {
    if (this.pending.value.has(id)) return;
    this.#putOff.ask(id, {
      text: messages.containers.removal.notice({ name }),
      carryOut: () => this.#carryOut(id),
      undo: () => this.#forget(id),
    });
    this.#set(id, { name, ran: isUp(state), waits: true });
  }

  undo(id: string): void {
    if (this.#putOff.drop(id)) this.#forget(id);
  }

  /** Carries out what waits: resolved when it is done. */
  settle(): Promise<void> {
    return this.#putOff.settle();
  }

  /** Others, and commands that are typed, work on the same containers. */
  listed(list: readonly Pick<ContainerView, "id" | "state">[]): void {
    for (const [id, { name, ran, waits }] of this.pending.value) {
      const now = list.find((each) => each.id === id);
      if (now === undefined) this.#forget(id);
      else if (waits && !ran && isUp(now.state)) {
        this.#forget(id);
        this.#notices.show("note", messages.containers.removal.started({ name }));
      }
    }
  }

  /** Nothing that waits is carried out. */
  stop(): void {
    for (const id of this.pending.value.keys()) this.undo(id);
  }

  async #carryOut(id: string): Promise<void> {
    const removal = this.pending.value.get(id);
    if (removal === undefined) return;
    this.#set(id, { ...removal, waits: false });
    try {
      await this.#api.removeContainer(id);
    } catch (error) {
      this.#forget(id);
      // Somebody was quicker.
      if (!(error instanceof ApiError && error.status === 404)) this.#notices.show("error", errorText(error));
    }
  }

  #forget(id: string): void {
    this.#putOff.drop(id);
    this.pending.update((all) => new Map([...all].filter(([each]) => each !== id)));
  }

  #set(id: string, removal: Removal): void {
    this.pending.update((all) => new Map([...all, [id, removal]]));
  }
}

function isUp(state: ContainerView["state"]): boolean {
  return state === "running" || state === "restarting" || state === "paused";
}
