import type { EventBus } from "../events/events.ts";
import type { Task } from "../runtime/task.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";

/** The kernel tells of it by counters alone that are the same on cgroup v1 and v2. Milliseconds. */
const interval = 1_000;

/** Tells the event `oom` when the kernel has killed a process of a container for want of memory, while it runs on or with its end. */
export class OomWatch {
  readonly #events: EventBus;
  /** kills told of, by container */
  readonly #watched = new Map<ContainerEntry, { task: Task; told: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(events: EventBus) {
    this.#events = events;
  }

  /** From the start of a run, or its recovery, on. */
  add(entry: ContainerEntry, task: Task): void {
    this.#watched.set(entry, { task, told: task.oomKills() });
    this.#timer ??= setInterval(() => this.#checkAll(), interval).unref();
  }

  /** The run is over. */
  end(entry: ContainerEntry): void {
    this.#check(entry);
    this.#watched.delete(entry);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #checkAll(): void {
    for (const entry of this.#watched.keys()) this.#check(entry);
  }

  #check(entry: ContainerEntry): void {
    const watched = this.#watched.get(entry);
    if (watched === undefined) return;
    const kills = watched.task.oomKills();
    if (kills > watched.told) publishContainerEvent(this.#events, entry.record, "oom");
    // A group that has gone counts none.
    watched.told = Math.max(watched.told, kills);
  }
}
