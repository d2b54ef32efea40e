import { createHash } from "node:crypto";
import type { FileChange, FileEntry } from "../../../server/contract/extension-api.ts";

/** A workspace's files in memory. A directory is an entry without bytes. */
export class FakeFiles {
  readonly #entries = new Map<string, Buffer | undefined>();
  readonly #listeners = new Set<(change: FileChange) => void>();

  list(): FileEntry[] {
    return [...this.#entries.keys()].toSorted().map((path) => this.entry(path));
  }

  entry(path: string): FileEntry {
    const bytes = this.#entries.get(path);
    const kind = bytes === undefined ? "directory" : "file";
    return { path, kind, size: bytes?.length ?? 0, version: this.version(path), executable: false };
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  read(path: string): Buffer | undefined {
    return this.#entries.get(path);
  }

  version(path: string): string {
    return createHash("sha256")
      .update(this.#entries.get(path) ?? "")
      .digest("hex")
      .slice(0, 16);
  }

  write(path: string, bytes: Buffer | undefined): void {
    const parts = path.split("/");
    for (let length = 1; length < parts.length; length++) {
      const parent = parts.slice(0, length).join("/");
      if (!this.#entries.has(parent)) this.#entries.set(parent, undefined);
    }
    this.#entries.set(path, bytes);
    this.#tell({ path, kind: "changed" });
  }

  remove(path: string): void {
    for (const each of this.#beneath(path)) this.#entries.delete(each);
    this.#tell({ path, kind: "removed" });
  }

  rename(from: string, to: string): void {
    for (const each of this.#beneath(from)) {
      const bytes = this.#entries.get(each);
      this.#entries.delete(each);
      this.#entries.set(to + each.slice(from.length), bytes);
    }
    this.#tell({ path: from, kind: "removed" });
    this.#tell({ path: to, kind: "changed" });
  }

  onChange(listener: (change: FileChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #beneath(path: string): string[] {
    return [...this.#entries.keys()].filter((each) => each === path || each.startsWith(`${path}/`));
  }

  #tell(change: FileChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
