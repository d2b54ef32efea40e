import type { TerminalSummary } from "#contract/extension-api.ts";
import { workstation } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import { Store } from "../../lib/store.ts";
import type { Notices } from "../ui/notices.tsx";

export interface TerminalTab {
  id: string;
  title: string;
}

/** The terminals of the workspace. They live in the engine: a reload finds them again, with what they showed. */
export class TerminalsStore {
  readonly tabs = new Store<readonly TerminalTab[]>([]);
  readonly active = new Store<string | undefined>(undefined);
  readonly opening = new Store(false);
  /** the size of the pane, for terminals to come */
  size = { columns: 80, rows: 24 };
  /** bytes of each terminal's output that were shown before: here, or in a page that is gone */
  readonly #seen = new Map<string, number>();
  readonly #api: WorkspaceApi;
  readonly #notices: Notices;
  /** what containers are called */
  readonly #nameOf: (container: string) => string;

  constructor(api: WorkspaceApi, notices: Notices, nameOf: (container: string) => string) {
    this.#api = api;
    this.#notices = notices;
    this.#nameOf = nameOf;
  }

  async start(): Promise<void> {
    try {
      const known = (await this.#api.terminals()).filter((terminal) => terminal.running);
      for (const { id, offset } of known) this.saw(id, offset);
      const sorted = known.toSorted((a, b) => a.createdAt - b.createdAt);
      this.tabs.set(sorted.map((terminal) => this.#tab(terminal)));
      this.active.set(this.tabs.value.at(-1)?.id);
    } catch {
      setTimeout(() => void this.start(), 3000);
    }
  }

  /** Offset in the terminal's output before which everything was shown once already. */
  seen(id: string): number {
    return this.#seen.get(id) ?? 0;
  }

  saw(id: string, offset: number): void {
    this.#seen.set(id, Math.max(offset, this.seen(id)));
  }

  async open(container: string = workstation): Promise<void> {
    if (this.opening.value) return;
    this.opening.set(true);
    try {
      const terminal = await this.#api.openTerminal(container, this.size.columns, this.size.rows);
      const title = container === workstation ? workstation : this.#nameOf(container);
      this.tabs.update((tabs) => [...tabs, { id: terminal.id, title }]);
      this.active.set(terminal.id);
    } catch (error) {
      this.#notices.show("error", errorText(error));
    } finally {
      this.opening.set(false);
    }
  }

  close(id: string): void {
    const index = this.tabs.value.findIndex((tab) => tab.id === id);
    this.tabs.update((tabs) => tabs.filter((tab) => tab.id !== id));
    if (this.active.value === id) this.active.set((this.tabs.value[index] ?? this.tabs.value[index - 1])?.id);
    this.#api.endTerminal(id).catch(() => {
      // It is gone already, or goes with its container.
    });
  }

  #tab({ id, container }: TerminalSummary): TerminalTab {
    return { id, title: this.#nameOf(container) };
  }
}
