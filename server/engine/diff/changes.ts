import { closeSync } from "node:fs";
import { dirname } from "node:path/posix";
import { getXattr } from "../mount/libc.ts";
import type { SafeStat } from "../mount/safe-stat.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { compareTrees } from "./compare.ts";
import { procPath } from "./file-attributes.ts";
import { openRoot } from "./layer-tar.ts";
import { Pace } from "./pace.ts";
import { namesAt, walkTree } from "./tree-walk.ts";
import { isOpaque, isWhiteout, lookUp, shownNames } from "./whiteouts.ts";

export interface Change {
  /** absolute within the snapshot */
  path: string;
  kind: "added" | "modified" | "deleted";
}

/** A change as it is found: `at` is where, unless it is gone, and is open during the step only. */
export interface FoundChange extends Change {
  at?: { parent: number; name: string; stat: SafeStat };
  before?: Before;
}

/** What was at a path in the parents. */
interface Before {
  stat: SafeStat;
  path: string;
}

/** The changes of a snapshot whose directory is open as `root`, each directory's before those beneath it; undefined where the caller can pause. */
export function foundChanges(root: number, tree: SnapshotTree): Generator<FoundChange | undefined> {
  return tree.format === "overlay" ? overlayChanges(root, tree.parents) : fullChanges(root, tree);
}

/**
 * What a snapshot changes on top of its parents, sorted by path; directories on the way to a change count as modified.
 * What was touched and is as before (a directory that was removed and made again, say) is none, as for Docker.
 * @param ignored paths within the snapshot, without a slash in front, that count as not there
 */
export async function listChanges(tree: SnapshotTree, ignored: readonly string[] = []): Promise<Change[]> {
  const root = openRoot(tree.dir);
  const pace = new Pace();
  const changes: Looked[] = [];
  try {
    for (const found of foundChanges(root, tree)) {
      if (found !== undefined) {
        const { path, kind, at, before } = found;
        changes.push({ path, kind, same: at !== undefined && before !== undefined && looksSame(at, before) });
      }
      if (pace.due) {
        await pace.rest();
      }
    }
  } finally {
    closeSync(root);
  }
  return worthTelling(
    changes.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    new Set(ignored.map((path) => `/${path}`)),
  );
}

type Looked = Change & { same: boolean };

/** @param changes sorted by path @param ignored counts only as a directory on the way */
function worthTelling(changes: readonly Looked[], ignored: ReadonlySet<string>): Change[] {
  const ways = new Set<string>();
  const kept: Change[] = [];
  // Backwards, what is beneath a directory comes before it.
  for (const { path, kind, same } of changes.toReversed()) {
    const isIgnored = ignored.has(path);
    if ((same || isIgnored) && !ways.has(path)) {
      continue;
    }
    // What is ignored was laid under the container: with something else beneath it, it has changed.
    kept.push({ path, kind: isIgnored ? "modified" : kind });
    ways.add(dirname(path));
  }
  return kept.toReversed();
}

/** By what Docker looks at: of directories neither time nor size, of files never the content. */
function looksSame(at: NonNullable<FoundChange["at"]>, before: Before): boolean {
  const keys = ["kind", "mode", "uid", "gid", "rdev"] as const;
  const { stat } = at;
  if (keys.some((key) => stat[key] !== before.stat[key])) {
    return false;
  }
  if (stat.kind === "directory") {
    return true;
  }
  const isSameFile = stat.size === before.stat.size && stat.mtimeNs === before.stat.mtimeNs;
  return isSameFile && capabilityOf(procPath(at.parent, at.name)) === capabilityOf(before.path);
}

function capabilityOf(path: string): string | undefined {
  return getXattr(path, "security.capability")?.toString("hex");
}

function* fullChanges(root: number, tree: SnapshotTree): Generator<FoundChange | undefined> {
  for (const change of compareTrees(root, tree.parents[0])) {
    if (change === undefined) {
      yield undefined;
      continue;
    }
    const { path, kind, entry, before } = change;
    yield {
      path: `/${path}`,
      kind,
      ...(entry === undefined ? {} : { at: entry }),
      ...(before === undefined ? {} : { before }),
    };
  }
}

function* overlayChanges(root: number, parents: readonly string[]): Generator<FoundChange | undefined> {
  /** what each directory that is being walked shows of the layers below */
  const below = new Map<string, readonly string[]>([["", parents]]);
  for (const found of walkTree(root)) {
    if (found === undefined) {
      yield undefined;
      continue;
    }
    const { path, name, parent, stat } = found;
    const directory = path.slice(0, Math.max(0, path.length - name.length - 1));
    const before = lookUp(below.get(directory) ?? [], name);
    if (isWhiteout(stat)) {
      yield { path: `/${path}`, kind: "deleted" };
      continue;
    }
    const kind = before === undefined ? "added" : "modified";
    yield { path: `/${path}`, kind, at: { parent, name, stat }, ...(before === undefined ? {} : { before }) };
    if (stat.kind !== "directory") {
      continue;
    }
    if (!isOpaque(procPath(parent, name))) {
      below.set(path, before?.directories ?? []);
      continue;
    }
    const kept = yield* namesAt(parent, name);
    for (const gone of yield* shownNames(before?.directories ?? [])) {
      if (!kept.has(gone)) {
        yield { path: `/${path}/${gone}`, kind: "deleted" };
      }
    }
    below.set(path, before?.directories ?? []);
  }
}
