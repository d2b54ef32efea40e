import path from "node:path";
import { isEngineError, NotFound } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { IgnoreRules } from "../dockerignore.ts";
import { closest } from "../dockerfile/suggest.ts";
import { hasWildcards, matcher } from "../glob.ts";
import type { Entry, Selected } from "./entries.ts";
import type { FileTree } from "./file-tree.ts";
import { walk, type WalkFilter } from "./walk.ts";

export interface SelectionOptions {
  /** paths or patterns as Go's filepath.Match has them */
  sources: readonly string[];
  exclude: readonly string[];
  /** keep the directories of each source (`--parents`) */
  parents: boolean;
  /** the instruction, for messages: `COPY` */
  keyword: string;
}

/**
 * Finds the files that COPY's sources stand for. A link named as a source is followed (within the tree), links below
 * are taken as links.
 * @throws NotFound naming the source, InvalidArgument for a bad pattern
 */
export async function selectFiles(tree: FileTree, options: SelectionOptions, signal: AbortSignal): Promise<Selected[]> {
  using root = new SafeRoot(tree.root);
  const exclude = new IgnoreRules(options.exclude);
  const selected: Selected[] = [];
  for (const source of options.sources) {
    const found = findSources(root, tree, source);
    // a pattern may match nothing, as with BuildKit; a plain path must be there
    if (found.length === 0 && !hasWildcards(source)) {
      throw notFound(root, tree, source, options.keyword);
    }
    for (const match of found) {
      if (!exclude.ignores(match.path)) {
        selected.push(await select(root, tree, match, { ...options, excludeRules: exclude, signal }));
      }
    }
  }
  return selected;
}

interface Match {
  /** as named, without links resolved */
  path: string;
  /** the part before `/./`, which --parents leaves out */
  pivot: string;
}

function cleaned(source: string): string {
  const normal = path.posix.normalize(`/${source}`).slice(1);
  return normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function findSources(root: SafeRoot, tree: FileTree, source: string): Match[] {
  const pivotAt = source.lastIndexOf("/./");
  const pivot = pivotAt < 0 ? "" : cleaned(source.slice(0, pivotAt));
  const clean = cleaned(source);
  if (!hasWildcards(source)) {
    return visible(root, tree, clean) ? [{ path: clean, pivot }] : [];
  }
  let found = [""];
  for (const part of clean.split("/")) {
    const matches = hasWildcards(part) ? matcher(part) : undefined;
    found = found.flatMap((directory) => {
      const join = (name: string): string => (directory === "" ? name : `${directory}/${name}`);
      if (matches === undefined) {
        return root.exists(join(part)) ? [join(part)] : [];
      }
      if (!isDirectory(root, directory)) {
        return [];
      }
      return root
        .list(directory)
        .map(({ name }) => name)
        .filter((name) => matches(name))
        .map(join);
    });
  }
  return found.filter((match) => visible(root, tree, match)).map((match) => ({ path: match, pivot }));
}

function visible(root: SafeRoot, tree: FileTree, clean: string): boolean {
  if (clean === "") {
    return true;
  }
  if (!root.exists(clean)) {
    return false;
  }
  // an ignored directory still counts when files in it are taken back in
  return tree.ignore?.ignores(clean) !== true || tree.ignore.mayKeepBelow(clean);
}

function isDirectory(root: SafeRoot, directory: string): boolean {
  try {
    return root.stat(directory).kind === "directory";
  } catch (error) {
    if (isEngineError(error, "not_found", "invalid_argument")) {
      return false;
    }
    throw error;
  }
}

async function select(
  root: SafeRoot,
  tree: FileTree,
  match: Match,
  options: SelectionOptions & { excludeRules: IgnoreRules; signal: AbortSignal },
): Promise<Selected> {
  const stat = root.stat(match.path);
  const real = root.realPath(match.path).slice(1);
  const name = path.posix.basename(match.path);
  const parents = options.parents
    ? path.posix.relative(`/${match.pivot}`, path.posix.dirname(`/${match.path}`)).replace(/^\.\.(\/|$)/, "")
    : "";
  if (stat.kind === "directory") {
    const filter = filterOf(tree, options.excludeRules);
    const entries = await walk(root, real, filter, options.signal);
    return { name, parents, kind: "directory", entries };
  }
  const entry: Entry = { source: real, path: "", stat, link: undefined };
  return { name, parents, kind: "file", entries: [entry] };
}

function filterOf(tree: FileTree, exclude: IgnoreRules): WalkFilter {
  const ignore = tree.ignore;
  return {
    takes: (at) => ignore?.ignores(at) !== true && !exclude.ignores(at),
    enters: (at) =>
      (ignore?.ignores(at) !== true || ignore.mayKeepBelow(at)) && (!exclude.ignores(at) || exclude.mayKeepBelow(at)),
  };
}

function notFound(root: SafeRoot, tree: FileTree, source: string, keyword: string): Error {
  const clean = cleaned(source);
  if (root.exists(clean)) {
    return new NotFound(
      `${keyword} failed: "${source}" is excluded by .dockerignore: remove the pattern, or add !${clean} after it`,
    );
  }
  const directory = path.posix.dirname(clean);
  const names = isDirectory(root, directory === "." ? "" : directory)
    ? root.list(directory === "." ? "" : directory).map((entry) => entry.name)
    : [];
  const match = closest(path.posix.basename(clean), names);
  const suggestion =
    match === undefined ? "" : ` (did you mean ${directory === "." ? match : `${directory}/${match}`}?)`;
  const outside = source.split("/").includes("..")
    ? `; a path cannot lead out of ${tree.description}, so ../ ends at its top`
    : "";
  return new NotFound(`${keyword} failed: "${source}": not found in ${tree.description}${suggestion}${outside}`);
}
