import type { TerminalSummary } from "#contract/extension-api.ts";
import { workstation } from "#contract/playground-api.ts";
import { ApiError, errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import type { TogetherStore } from "../together/together-store.ts";
import type { Notices } from "../ui/notices.tsx";
import { PutOff } from "../ui/put-off.ts";
import { besideOf, keepLayout, mostBeside, readLayout, splitAgain, splitBeside, splitsOf } from "./terminal-splits.ts";
import type { Splits } from "./terminal-splits.ts";

/** A shell that prints nothing when it starts is typed into after this, ms. */
const silence = 2_000;

export interface TerminalTab {
  id: string;
  /** container id, as the engine has recorded it */
  container: string;
  /** of a build, in whose state the shell is */
  step?: StepPlace;
  /** the command that this page types into it: it is called so */
  use?: string;
}

/** A state that a build went through. */
export interface StepPlace {
  build: string;
  step: string;
  at: "before" | "after";
  /** what the learner reads: the instruction */
  instruction: string;
}

interface TerminalsStoreParts {
  api: WorkspaceApi;
  connection: Pick<Connection, "type">;
  notices: Notices;
  together: Pick<TogetherStore, "hasKeyboard">;
}

/** The terminals of the workspace. They live in the engine: a reload finds them again, with what they showed. */
export class TerminalsStore {
  readonly tabs = new Store<readonly TerminalTab[]>([]);
  readonly active = new Store<string | undefined>(undefined);
  /** which of them are seen beside each other; kept in this browser */
  readonly splits = new Store<Splits>([]);
  readonly opening = new Store(false);
  /** How often this page has asked for one: it is to be seen then, wherever its pane is. */
  readonly asked = new Store(0);
  /** asked whether to make the workstation anew; `why` where it is broken */
  readonly renewal = new Store<{ why?: string } | undefined>(undefined);
  /** Whether a terminal that comes to the front takes the focus: only after the learner chose one, never by a reload. */
  takesFocus = false;
  /** the size of the pane, for terminals to come */
  size = { columns: 80, rows: 24 };
  /** bytes of each terminal's output that were shown before: here, or in a page that is gone */
  readonly #seen = new Map<string, number>();
  /** those that have printed nothing yet, and what waits for it */
  readonly #silent = new Map<string, () => void>();
  /** by this page: they are on their way out, unless that is taken back */
  readonly #closed = new Set<string>();
  readonly #closings: PutOff;
  /** of the last `refresh` */
  #turn = 0;
  readonly #api: WorkspaceApi;
  readonly #connection: Pick<Connection, "type">;
  readonly #notices: Notices;
  readonly #together: Pick<TogetherStore, "hasKeyboard">;

  constructor({ api, connection, notices, together }: TerminalsStoreParts) {
    this.#api = api;
    this.#connection = connection;
    this.#notices = notices;
    this.#together = together;
    this.#closings = new PutOff(notices);
  }

  async start(): Promise<void> {
    try {
      const known = (await this.#api.terminals()).filter((terminal) => terminal.running);
      for (const { id, offset } of known) this.saw(id, offset);
      const sorted = known.toSorted((a, b) => a.createdAt - b.createdAt);
      const layout = readLayout(this.#api.base);
      const ids = new Set(sorted.map(({ id }) => id));
      this.splits.set(splitsOf(layout.splits, ids));
      this.tabs.set(sorted.map((terminal) => tabOf(terminal, layout.uses[terminal.id])));
      this.active.set(layout.active !== undefined && ids.has(layout.active) ? layout.active : sorted.at(-1)?.id);
      for (const store of [this.splits, this.active]) store.subscribe(this.#keep);
    } catch {
      setTimeout(() => void this.start(), 3000);
    }
  }

  /** Somebody has opened or closed some. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const known = await this.#api.terminals();
      // Older than what has happened meanwhile.
      if (turn !== this.#turn) return;
      const running = known.filter((terminal) => terminal.running && !this.#closed.has(terminal.id));
      const ids = new Set(known.map(({ id }) => id));
      const isThere = (id: string): boolean => ids.has(id);
      this.tabs.update((tabs) => {
        const kept = tabs.filter(({ id }) => isThere(id));
        const fresh = running.filter(({ id }) => !kept.some((tab) => tab.id === id));
        return [...kept, ...fresh.map((terminal) => tabOf(terminal))];
      });
      this.splits.update((splits) => splitsOf(splits, ids));
      const active = this.active.value;
      if (active === undefined || !isThere(active)) this.active.set(this.tabs.value.at(-1)?.id);
    } catch {
      // The banner tells of a lost connection; the next change asks again.
    }
  }

  /** Offset in the terminal's output before which everything was shown once already. */
  seen(id: string): number {
    return this.#seen.get(id) ?? 0;
  }

  saw(id: string, offset: number): void {
    this.#seen.set(id, Math.max(offset, this.seen(id)));
    if (offset > 0) this.#silent.get(id)?.();
  }

  /** @param typed what is typed into it at once. @param use what only for, if so */
  async open(container: string = workstation, typed?: string, use?: string): Promise<void> {
    if (this.opening.value) return;
    this.opening.set(true);
    this.#ask();
    try {
      await this.settle();
      const terminal = await this.#api.openTerminal(container, this.size.columns, this.size.rows);
      this.#add(tabOf(terminal, use));
      if (typed === undefined) return;
      await this.#prompt(terminal.id);
      this.#connection.type(terminal.id, typed);
    } catch (error) {
      if (error instanceof ApiError && error.reason === "workstation-broken") this.renewal.set({ why: error.message });
      else this.#notices.show("error", errorText(error));
    } finally {
      this.opening.set(false);
    }
  }

  /** What is typed before a shell's prompt is there stands on the screen twice. */
  async #prompt(terminal: string): Promise<void> {
    if (this.seen(terminal) > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#silent.set(terminal, resolve);
    const timer = setTimeout(resolve, silence);
    await promise;
    clearTimeout(timer);
    this.#silent.delete(terminal);
  }

  /** Another one in the same container, beside the one that is active. */
  async split(): Promise<void> {
    const beside = this.tabs.value.find(({ id }) => id === this.active.value);
    if (beside === undefined || !this.canSplit(beside)) return;
    const before = new Set(this.tabs.value.map(({ id }) => id));
    await this.open(beside.container);
    const fresh = this.tabs.value.find(({ id }) => !before.has(id));
    if (fresh !== undefined) this.splits.update((splits) => splitBeside(splits, beside.id, fresh.id));
  }

  /** A state of a build has one shell; and there is room for so many only. */
  canSplit({ id, step }: TerminalTab): boolean {
    return step === undefined && besideOf(this.splits.value, id).length < mostBeside;
  }

  /** Takes the workstation away, `ended` the terminals in it, and opens one in a new one. */
  async renew(ended: readonly string[]): Promise<void> {
    this.renewal.set(undefined);
    this.opening.set(true);
    try {
      await this.#api.removeWorkstation();
      for (const id of ended) this.end(id);
    } catch (error) {
      this.#notices.show("error", errorText(error));
      return;
    } finally {
      this.opening.set(false);
    }
    await this.open();
  }

  /** In the place of a terminal that has ended. */
  async openAgain(id: string, container: string): Promise<void> {
    this.end(id);
    await this.open(container);
  }

  /**
   * Types into a terminal of the workstation that is there for such things: the one that was opened for the last of
   * them, if it is still open and nobody else's. In the learner's own something else may be reading.
   * @param use the command
   */
  async type(use: string, text: string): Promise<void> {
    const known = this.tabs.value.find((tab) => tab.use === use && this.#together.hasKeyboard(tab.id));
    if (known === undefined) return this.open(workstation, text, use);
    this.#ask();
    this.show(known.id);
    this.#connection.type(known.id, text);
  }

  /** A shell before or after a step of a build; it and its changes are gone when it is closed. */
  async openStep(place: StepPlace): Promise<void> {
    if (this.opening.value) return;
    this.opening.set(true);
    this.#ask();
    try {
      const { build, step, at } = place;
      await this.settle();
      const { terminal } = await this.#api.openStepShell(build, step, { at, ...this.size });
      if (terminal === undefined) return;
      this.#add({ ...tabOf(terminal), step: place });
    } catch (error) {
      this.#notices.show("error", errorText(error));
    } finally {
      this.opening.set(false);
    }
  }

  #ask(): void {
    this.asked.update((count) => count + 1);
  }

  #add(tab: TerminalTab): void {
    // Told of already, maybe, as of one that somebody else has opened.
    this.tabs.update((tabs) => [...tabs.filter(({ id }) => id !== tab.id), tab]);
    this.show(tab.id);
    void this.refresh();
  }

  /** Brings it to the front, for the learner to type in. */
  show(id: string | undefined): void {
    this.takesFocus = true;
    this.active.set(id);
  }

  /** Shows it without giving it the focus, if it is there. */
  look(id: string): void {
    if (id === this.active.value || !this.tabs.value.some((tab) => tab.id === id)) return;
    this.takesFocus = false;
    this.active.set(id);
  }

  /** Out of sight at once, it ends a little later: until then it can be taken back. @param name as its tab is called */
  close(id: string, name: string): void {
    const [tabs, splits] = [this.tabs.value, this.splits.value];
    this.#hide(id);
    this.#closings.ask(id, {
      text: messages.terminals.closed({ name }),
      carryOut: () => this.#ended(id),
      undo: () => this.#reopen(id, tabs, splits),
    });
  }

  /** Ends what was closed, for whatever it holds (ports, room) that is needed next: resolved when it is done. */
  settle(): Promise<void> {
    return this.#closings.settle();
  }

  /** Where it was before. */
  #reopen(id: string, before: readonly TerminalTab[], splits: Splits): void {
    const index = before.findIndex((tab) => tab.id === id);
    const tab = before[index];
    if (tab === undefined) return;
    this.#closed.delete(id);
    this.tabs.update((tabs) => tabs.filter((each) => each.id !== id).toSpliced(index, 0, tab));
    const there = new Set(this.tabs.value.map((each) => each.id));
    this.splits.update((now) => splitAgain(now, splits, id, there));
    this.show(id);
    void this.refresh();
  }

  /** At once: nothing is in it any more that could be missed. */
  end(id: string): void {
    this.#hide(id);
    void this.#ended(id);
  }

  #hide(id: string): void {
    this.#closed.add(id);
    const index = this.tabs.value.findIndex((tab) => tab.id === id);
    this.tabs.update((tabs) => tabs.filter((tab) => tab.id !== id));
    const left = besideOf(this.splits.value, id).find((each) => each !== id);
    this.splits.update((splits) => splitsOf(splits, new Set(this.tabs.value.map((tab) => tab.id))));
    if (this.active.value === id) this.show(left ?? (this.tabs.value[index] ?? this.tabs.value[index - 1])?.id);
  }

  async #ended(id: string): Promise<void> {
    try {
      await this.#api.endTerminal(id);
    } catch {
      // It is gone already, or goes with its container.
    }
  }

  readonly #keep = (): void => {
    const uses = Object.fromEntries(this.tabs.value.flatMap(({ id, use }) => (use === undefined ? [] : [[id, use]])));
    keepLayout(this.#api.base, { splits: this.splits.value, active: this.active.value, uses });
  };
}

function tabOf({ id, container }: TerminalSummary, use?: string): TerminalTab {
  return { id, container, ...(use === undefined ? {} : { use }) };
}
