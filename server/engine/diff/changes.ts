import { closeSync } from "node:fs";
import { dirname } from "node:path/posix";
import type { SafeStat } from "../mount/safe-stat.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { compareTrees } from "./compare.ts";
import { procPath } from "./file-attributes.ts";
import { openRoot } from "./layer-tar.ts";
import { Pace } from "./pace.ts";
import { namesAt, walkTree } from "./tree-walk.ts";
import { isOpaque, isWhiteout, lookUp, lookUpPath, shownNames } from "./whiteouts.ts";

export interface Change {
  /** absolute within the snapshot */
  path: string;
  kind: "added" | "modified" | "deleted";
}

/** A change as it is found: `at` is where, unless it is gone, and is open during the step only. */
export interface FoundChange extends Change {
  at?: { parent: number; name: string; stat: SafeStat };
}

/** The changes of a snapshot whose directory is open as `root`, each directory's before those beneath it; undefined where the caller can pause. */
export function foundChanges(root: number, tree: SnapshotTree): Generator<FoundChange | undefined> {
  return tree.format === "overlay" ? overlayChanges(root, tree.parents) : fullChanges(root, tree);
}

/**
 * What a snapshot changes on top of its parents, sorted by path; directories on the way to a change count as modified.
 * @param ignored paths within the snapshot, without a slash in front, that count as not there
 */
export async function listChanges(tree: SnapshotTree, ignored: readonly string[] = []): Promise<Change[]> {
  const root = openRoot(tree.dir);
  const pace = new Pace();
  const changes: Change[] = [];
  try {
    for (const found of foundChanges(root, tree)) {
      if (found !== undefined) changes.push({ path: found.path, kind: found.kind });
      if (pace.due) {
        await pace.rest();
      }
    }
  } finally {
    closeSync(root);
  }
  return withoutIgnored(
    tree,
    changes.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    ignored,
  );
}

/** Nor are directories told of that are only on the way to what is ignored. */
function withoutIgnored(tree: SnapshotTree, changes: Change[], ignored: readonly string[]): Change[] {
  const paths = new Set(ignored.map((path) => `/${path}`));
  const others = changes.filter(({ path }) => !paths.has(path));
  // What is ignored was laid under the container: with something else beneath it, it has changed.
  const isWay = (path: string) => others.some((other) => other.path.startsWith(`${path}/`));
  let kept = changes.flatMap((change) => {
    if (!paths.has(change.path)) {
      return [change];
    }
    return isWay(change.path) ? [{ ...change, kind: "modified" as const }] : [];
  });
  for (const directory of new Set(ignored.map((path) => dirname(`/${path}`)))) {
    const isOnlyWay =
      !kept.some(({ path }) => path.startsWith(`${directory}/`)) &&
      kept.some(({ path, kind }) => path === directory && kind === "modified") &&
      hasAttributesOfParent(tree, directory);
    if (isOnlyWay) {
      kept = kept.filter(({ path }) => path !== directory);
    }
  }
  return kept;
}

function hasAttributesOfParent(tree: SnapshotTree, path: string): boolean {
  const before = lookUpPath(tree.parents, path)?.stat;
  const now = lookUpPath([tree.dir], path)?.stat;
  return (["mode", "uid", "gid"] as const).every((key) => before?.[key] === now?.[key]);
}

function* fullChanges(root: number, tree: SnapshotTree): Generator<FoundChange | undefined> {
  for (const change of compareTrees(root, tree.parents[0])) {
    if (change === undefined) {
      yield undefined;
      continue;
    }
    const { path, kind, entry } = change;
    yield { path: `/${path}`, kind, ...(entry === undefined ? {} : { at: entry }) };
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
    yield { path: `/${path}`, kind, at: { parent, name, stat } };
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
