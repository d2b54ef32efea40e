import type { ContainerView } from "#contract/playground-api.ts";
import { ApiError, errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import type { Notices } from "../ui/notices.tsx";

/** How long a removal waits for who takes it back, ms. */
export const grace = 8000;

interface Removal {
  name: string;
  ran: boolean;
  /** it can be taken back; else it is under way */
  waits: boolean;
  timer: ReturnType<typeof setTimeout>;
  notice: number;
}

/**
 * Containers whose removal was asked for on this page. No container can be brought back, so it is carried out a little
 * later, and at once when what this learner does next may need its name, its ports or its room. A page that is closed
 * before carries nothing out: of the two mistakes it could make that one loses nothing, the others see the removal only as
 * long as the page is there, and a browser that ends is not sure to send anything.
 */
export class Removals {
  /** by id */
  readonly pending = new Store<ReadonlyMap<string, Removal>>(new Map());
  /** who removes what on other pages: people's names by id */
  readonly byOthers = new Store<Readonly<Record<string, string>>>({});
  readonly #api: Pick<WorkspaceApi, "removeContainer">;
  readonly #notices: Pick<Notices, "show" | "dismiss">;

  constructor(api: Pick<WorkspaceApi, "removeContainer">, notices: Pick<Notices, "show" | "dismiss">) {
    this.#api = api;
    this.#notices = notices;
  }

  ask({ id, name, state }: Pick<ContainerView, "id" | "name" | "state">): void {
    if (this.pending.value.has(id)) return;
    const undo = { label: messages.actions.undo, act: () => this.undo(id) };
    this.#set(id, {
      name,
      ran: isUp(state),
      waits: true,
      timer: setTimeout(() => void this.#carryOut(id), grace),
      notice: this.#notices.show("note", messages.containers.removal.notice({ name }), undo),
    });
  }

  undo(id: string): void {
    if (this.pending.value.get(id)?.waits === true) this.#forget(id);
  }

  /** Carries out what waits: resolved when it is done. */
  async settle(): Promise<void> {
    const waiting = [...this.pending.value].filter(([, { waits }]) => waits);
    await Promise.all(waiting.map(([id]) => this.#carryOut(id)));
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
    for (const [id, { waits }] of this.pending.value) if (waits) this.#forget(id);
  }

  async #carryOut(id: string): Promise<void> {
    const removal = this.pending.value.get(id);
    if (removal === undefined) return;
    this.#end(removal);
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
    const removal = this.pending.value.get(id);
    if (removal !== undefined) this.#end(removal);
    this.pending.update((all) => new Map([...all].filter(([each]) => each !== id)));
  }

  #end({ timer, notice }: Removal): void {
    clearTimeout(timer);
    this.#notices.dismiss(notice);
  }

  #set(id: string, removal: Removal): void {
    this.pending.update((all) => new Map([...all, [id, removal]]));
  }
}

function isUp(state: ContainerView["state"]): boolean {
  return state === "running" || state === "restarting" || state === "paused";
}
