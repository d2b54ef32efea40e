import { type FSWatcher, watch } from "node:fs";
import type { FileChange } from "../../contract/extension-api.ts";
import { isEngineError } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { WorkspaceWatch } from "./workspace.ts";

/** Directories watched at most: inotify watches are a limited good of the whole machine. */
const maxDirectories = 500;
/** Changes gathered for this long are told together. */
const gatherMs = 60;
/** While more directories are there than are watched, a rescan is asked for this often. */
const rescanMs = 5_000;
/** Changes that wait for a slow reader before it is told to look at everything again. */
const maxWaiting = 500;
/** Directories that tools fill with thousands of files; nobody edits them. */
const unwatched = new Set(["node_modules", ".git"]);

/** Watches a workspace with inotify while somebody listens. Links are not followed. */
export class LocalWorkspaceWatch implements WorkspaceWatch {
  readonly #root: string;
  readonly #listeners = new Set<Listener>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #gathered = new Set<string>();
  #flush: NodeJS.Timeout | undefined;
  #rescans: NodeJS.Timeout | undefined;

  /** @param root on the host */
  constructor(root: string) {
    this.#root = root;
  }

  async *changes(signal: AbortSignal): AsyncIterable<FileChange> {
    const listener = new Listener();
    const onAbort = () => listener.wake();
    signal.addEventListener("abort", onAbort);
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#watchTree("");
    }
    try {
      while (!signal.aborted) {
        const change = listener.waiting.shift();
        if (change === undefined) {
          await listener.wait();
        } else {
          yield change;
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        this.#stop();
      }
    }
  }

  #stop(): void {
    for (const watcher of this.#watchers.values()) {
      watcher.close();
    }
    this.#watchers.clear();
    this.#gathered.clear();
    clearTimeout(this.#flush);
    clearInterval(this.#rescans);
    this.#flush = undefined;
    this.#rescans = undefined;
  }

  /** Watches `directory` and those in it. */
  #watchTree(directory: string): void {
    try {
      using root = new SafeRoot(this.#root);
      const pending = [directory];
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        if (!this.#watchOne(root, next)) {
          return;
        }
        for (const { name, kind } of root.list(next)) {
          if (kind === "directory" && !unwatched.has(name)) {
            pending.push(next === "" ? name : `${next}/${name}`);
          }
        }
      }
    } catch (error) {
      // It went away while we looked; whoever removed it is reported by the directory above.
      if (!isEngineError(error, "not_found", "invalid_argument")) {
        throw error;
      }
    }
  }

  /** False when there are too many directories. */
  #watchOne(root: SafeRoot, directory: string): boolean {
    if (this.#watchers.has(directory)) {
      return true;
    }
    if (this.#watchers.size >= maxDirectories) {
      this.#rescans ??= setInterval(() => this.#tell({ path: "", kind: "rescan" }), rescanMs).unref();
      return false;
    }
    // Through the descriptor: a link put in the directory's place meanwhile is not followed.
    using at = root.locate(directory, { directory: true, follow: false });
    const watcher = watch(at.path, { persistent: false }, (_event, name) => {
      if (name !== null) {
        this.#gather(directory === "" ? name : `${directory}/${name}`);
      }
    });
    watcher.on("error", () => this.#forget(directory));
    this.#watchers.set(directory, watcher);
    return true;
  }

  #forget(directory: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path === directory || path.startsWith(`${directory}/`)) {
        watcher.close();
        this.#watchers.delete(path);
      }
    }
  }

  #gather(path: string): void {
    this.#gathered.add(path);
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      const paths = [...this.#gathered];
      this.#gathered.clear();
      if (paths.length > maxWaiting) {
        this.#tell({ path: "", kind: "rescan" });
        this.#watchTree("");
        return;
      }
      paths.forEach((changed) => this.#examine(changed));
    }, gatherMs).unref();
  }

  #examine(path: string): void {
    using root = new SafeRoot(this.#root);
    // Names of files that are written and renamed into place are not news.
    if (/(?:^|\/)\.[\w-]{12}\.tmp$/.test(path)) {
      return;
    }
    if (!root.exists(path)) {
      this.#forget(path);
      this.#tell({ path, kind: "removed" });
      return;
    }
    this.#tell({ path, kind: "changed" });
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (root.lstat(path).kind === "directory" && !this.#watchers.has(path) && !unwatched.has(name)) {
      this.#watchTree(path);
      // What was put in it before the watch began.
      this.#tell({ path: "", kind: "rescan" });
    }
  }

  #tell(change: FileChange): void {
    for (const listener of this.#listeners) {
      listener.push(change);
    }
  }
}

class Listener {
  waiting: FileChange[] = [];
  #wake: () => void = () => {};

  push(change: FileChange): void {
    if (this.waiting.length >= maxWaiting) {
      this.waiting = [{ path: "", kind: "rescan" }];
    } else if (this.waiting.at(-1)?.kind !== "rescan" || change.kind !== "rescan") {
      this.waiting.push(change);
    }
    this.wake();
  }

  wake(): void {
    this.#wake();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
