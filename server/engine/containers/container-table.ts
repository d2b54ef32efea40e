import { Conflict, InvalidArgument, NotFound } from "../errdefs/errors.ts";
import type { Container } from "./container.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerRecords } from "./container-records.ts";

/** One tenant's containers in memory, in step with the metadata: found by id, unique prefix or name. */
export class ContainerTable {
  readonly #records: ContainerRecords;
  readonly #entries = new Map<string, ContainerEntry>();
  /** names of containers being created */
  readonly #reserved = new Map<string, string>();

  constructor(records: ContainerRecords) {
    this.#records = records;
  }

  /** Oldest first. */
  all(): ContainerEntry[] {
    return [...this.#entries.values()];
  }

  /** @throws NotFound `No such container: x`, InvalidArgument (several ids start with it) */
  find(nameOrId: string): ContainerEntry {
    if (nameOrId === "") throw new InvalidArgument('invalid name or ID supplied: ""');
    const name = nameOrId.startsWith("/") ? nameOrId.slice(1) : nameOrId;
    const exact = this.#entries.get(nameOrId) ?? this.byName(name);
    if (exact !== undefined) {
      return exact;
    }
    const matches = /^[0-9a-f]+$/.test(nameOrId)
      ? this.all().filter((entry) => entry.record.id.startsWith(nameOrId))
      : [];
    const [match, second] = matches;
    if (second !== undefined) {
      throw new InvalidArgument(`Multiple IDs found with provided prefix: ${nameOrId}`);
    }
    if (match === undefined) {
      throw new NotFound(`No such container: ${nameOrId}`);
    }
    return match;
  }

  byId(id: string): ContainerEntry | undefined {
    return this.#entries.get(id);
  }

  /** By a container's own name, or by the one that another's link has given it: `web/db` (moby, daemon/links.go). */
  byName(name: string): ContainerEntry | undefined {
    const [own = "", ...alias] = name.split("/");
    const entry = this.all().find(({ record }) => record.name === own);
    if (alias.length === 0) return entry;
    const link = entry?.record.host.linked?.find((linked) => linked.alias === alias.join("/"));
    return link === undefined ? undefined : this.#entries.get(link.id);
  }

  isTaken(name: string): boolean {
    return this.#reserved.has(name) || this.byName(name) !== undefined;
  }

  /** Holds a name while its container is made. @throws Conflict in dockerd's words */
  reserve(name: string, id: string): Disposable {
    const holder = this.#reserved.get(name) ?? this.byName(name)?.record.id;
    if (holder !== undefined) {
      throw new Conflict(
        `Conflict. The container name "/${name}" is already in use by container "${holder}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    this.#reserved.set(name, id);
    return { [Symbol.dispose]: () => this.#reserved.delete(name) };
  }

  /** Takes up a new container, or one that was loaded. */
  add(entry: ContainerEntry): void {
    this.#records.save(entry.record);
    this.#entries.set(entry.record.id, entry);
  }

  /** Changes a record: on disk first, then for readers, then those who wait for it. */
  update(entry: ContainerEntry, changes: Partial<Container>): void {
    const record = { ...entry.record, ...changes };
    this.#records.save(record);
    this.#replace(entry, record);
  }

  /** In memory alone, until something else changes: what is found anew after a restart, and comes too often to be written down. */
  note(entry: ContainerEntry, changes: Pick<Partial<Container>, "execIds" | "health">): void {
    this.#replace(entry, { ...entry.record, ...changes });
  }

  #replace(entry: ContainerEntry, record: Container): void {
    entry.record = record;
    for (const watcher of entry.watchers) {
      watcher();
    }
  }

  delete(entry: ContainerEntry): void {
    this.#records.delete(entry.record.id);
    this.#entries.delete(entry.record.id);
    entry.removed = true;
    for (const watcher of entry.watchers) {
      watcher();
    }
  }
}
