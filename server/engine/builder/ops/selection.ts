import path from "node:path";
import { isEngineError, NotFound } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { IgnoreRules } from "../dockerignore.ts";
import { closest } from "../../../contract/suggest.ts";
import { hasWildcards, matcher } from "../glob.ts";
import { mistake } from "../mistake.ts";
import { SourceMissing } from "./source-missing.ts";
import type { SafeStat } from "../../mount/safe-stat.ts";
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
 * Finds the files that COPY's sources stand for. A link named as a source is followed (within the tree) unless its
 * parents are kept, links below are taken as links.
 * @throws NotFound naming the source, InvalidArgument for a bad pattern
 */
export async function selectFiles(tree: FileTree, options: SelectionOptions, signal: AbortSignal): Promise<Selected[]> {
  using root = new SafeRoot(tree.root);
  const exclude = new IgnoreRules(options.exclude);
  const selected: Selected[] = [];
  for (const [index, source] of options.sources.entries()) {
    const found = findSources(root, tree, source, options.parents);
    // a pattern may match nothing, as with BuildKit; a plain path must be there, and so must what precedes a pattern
    const parts = names(source);
    const first = parts.findIndex(hasWildcards);
    const plain = first < 0 ? source : parts.slice(0, first).join("/");
    const missing = first < 0 ? found.length === 0 : !options.parents && !visible(root, tree, plain);
    if (missing) {
      throw notFound(root, tree, plain, options.keyword);
    }
    for (const match of found) {
      const relative = path.posix.relative(baseOf(root, match, options.parents), match.path);
      if (relative === "" || !exclude.ignores(relative)) {
        const one = await select(root, tree, match, { ...options, excludeRules: exclude, signal });
        selected.push({ source: index, ...one });
      }
    }
  }
  return selected;
}

interface Match {
  /** as named, without links resolved */
  path: string;
  /** the part before the first `/./`, which --parents leaves out */
  pivot: string;
}

/** What patterns of `--exclude` are relative to: the source itself, as with BuildKit; a file's own directory. */
function baseOf(root: SafeRoot, match: Match, parents: boolean): string {
  if (parents) {
    return match.pivot;
  }
  return isDirectory(root, match.path) ? match.path : path.posix.dirname(match.path);
}

function cleaned(source: string): string {
  const normal = path.posix.normalize(`/${source}`).slice(1);
  return normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function findSources(root: SafeRoot, tree: FileTree, source: string, parents: boolean): Match[] {
  const pivotAt = source.indexOf("/./");
  const pivot = pivotAt < 0 ? [] : names(source.slice(0, pivotAt));
  const parts = names(source);
  if (!hasWildcards(source)) {
    const clean = parts.join("/");
    return visible(root, tree, clean) ? [{ path: clean, pivot: pivot.join("/") }] : [];
  }
  let found = [""];
  // a pattern leads through no links, as with both builders: only what stands before it does
  const plain = parents ? pivot.length : parts.findIndex(hasWildcards);
  for (const [index, part] of parts.entries()) {
    const anyDepth = parents && part === "**" && index >= pivot.length;
    const within = index > plain ? found.filter((directory) => !isLink(root, directory)) : found;
    found = within.flatMap((directory) =>
      anyDepth ? directoriesIn(root, directory) : matching(root, directory, part),
    );
  }
  return [...new Set(found)]
    .filter((match) => visible(root, tree, match))
    .map((match) => ({ path: match, pivot: match.split("/").slice(0, pivot.length).join("/") }));
}

function names(source: string): string[] {
  const clean = cleaned(source);
  return clean === "" ? [] : clean.split("/");
}

/** What one part of a pattern, or a plain name, stands for in a directory. */
function matching(root: SafeRoot, directory: string, part: string): string[] {
  const join = (name: string): string => (directory === "" ? name : `${directory}/${name}`);
  if (!hasWildcards(part)) {
    return root.exists(join(part)) ? [join(part)] : [];
  }
  const matches = matcher(part);
  return isDirectory(root, directory)
    ? root
        .list(directory)
        .filter(({ name }) => matches(name))
        .map(({ name }) => join(name))
    : [];
}

/** The directory and all beneath it: `**` of `--parents`. Links are not followed. */
function directoriesIn(root: SafeRoot, directory: string): string[] {
  if (!isDirectory(root, directory)) {
    return [];
  }
  const below = root.list(directory).filter(({ name }) => {
    const at = directory === "" ? name : `${directory}/${name}`;
    return root.lstat(at).kind === "directory";
  });
  return [
    directory,
    ...below.flatMap(({ name }) => directoriesIn(root, directory === "" ? name : `${directory}/${name}`)),
  ];
}

function visible(root: SafeRoot, tree: FileTree, clean: string): boolean {
  if (clean === "") {
    return true;
  }
  // sockets are in no context, as docker build sends it, and in no layer
  if (!root.exists(clean) || kindAt(root, clean) === "socket") {
    return false;
  }
  return isTaken(root, tree.ignore, clean);
}

/** An ignored directory still counts when files in it are taken back in. */
function isTaken(root: SafeRoot, ignore: IgnoreRules | undefined, at: string): boolean {
  if (ignore?.ignores(at) !== true) return true;
  if (!ignore.mayKeepBelow(at) || root.lstat(at).kind !== "directory") return false;
  return root.list(at).some(({ name }) => isTaken(root, ignore, `${at}/${name}`));
}

function isDirectory(root: SafeRoot, directory: string): boolean {
  return kindAt(root, directory) === "directory";
}

/** What a name or a link stands for; undefined for a link that leads nowhere. */
function kindAt(root: SafeRoot, at: string): SafeStat["kind"] | undefined {
  try {
    return root.stat(at).kind;
  } catch (error) {
    if (isEngineError(error, "not_found", "invalid_argument")) {
      return undefined;
    }
    throw error;
  }
}

function isLink(root: SafeRoot, at: string): boolean {
  return at !== "" && root.lstat(at).kind === "symlink";
}

/** A link that --parents takes as it is. */
function linkEntry(root: SafeRoot, at: string): Entry {
  const { dir, base } = path.posix.parse(at);
  const source = path.posix.join(root.realPath(dir), base).replace(/^\//, "");
  return { source, path: "", stat: root.lstat(at), link: root.readLink(at) };
}

async function select(
  root: SafeRoot,
  tree: FileTree,
  match: Match,
  options: SelectionOptions & { excludeRules: IgnoreRules; signal: AbortSignal },
): Promise<Omit<Selected, "source">> {
  const name = path.posix.basename(match.path);
  const parents = options.parents
    ? path.posix.relative(`/${match.pivot}`, path.posix.dirname(`/${match.path}`)).replace(/^\.\.(\/|$)/, "")
    : "";
  const ancestors = ancestorsOf(root, match.pivot, parents);
  if (options.parents && isLink(root, match.path)) {
    return { name, parents, ancestors, kind: "file", entries: [linkEntry(root, match.path)] };
  }
  const stat = statOf(root, tree, match.path, options.keyword);
  const real = root.realPath(match.path).slice(1);
  if (stat.kind === "directory") {
    const base = baseOf(root, match, options.parents);
    const filter = filterOf(tree, options.excludeRules, (at) =>
      path.posix.relative(base, path.posix.join(match.path, path.posix.relative(real, at))),
    );
    const entries = await walk(root, real, filter, options.signal);
    // the part that --parents leaves out is all of it: what is in it is meant
    const isPivot = options.parents && match.path === match.pivot;
    return { name: isPivot ? "" : name, parents, ancestors, kind: "directory", entries };
  }
  const entry: Entry = { source: real, path: "", stat, link: undefined };
  return { name, parents, ancestors, kind: "file", entries: [entry] };
}

/** @throws NotFound for a link that leads nowhere within the tree */
function statOf(root: SafeRoot, tree: FileTree, at: string, keyword: string): SafeStat {
  try {
    return root.stat(at);
  } catch (error) {
    if (isEngineError(error, "not_found") && isLink(root, at)) {
      const led = `is a link to ${root.readLink(at)}, which is not in ${tree.description}`;
      throw new NotFound(
        `${keyword} failed: "${at}" ${led}: a link cannot lead out of it, copy the file itself into it`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

function ancestorsOf(root: SafeRoot, pivot: string, parents: string): Entry[] {
  const parts = parents === "" ? [] : parents.split("/");
  return parts.map((_, index) => {
    const below = parts.slice(0, index + 1).join("/");
    const source = path.posix.join(pivot, below);
    return { source, path: below, stat: root.stat(source), link: undefined };
  });
}

/** @param relative a path of the tree, as patterns of `--exclude` have it */
function filterOf(tree: FileTree, exclude: IgnoreRules, relative: (at: string) => string): WalkFilter {
  const { ignore } = tree;
  const excluded = (at: string): boolean => !exclude.empty && exclude.ignores(relative(at));
  return {
    takes: (at) => ignore?.ignores(at) !== true && !excluded(at),
    enters: (at) =>
      (ignore?.ignores(at) !== true || ignore.mayKeepBelow(at)) &&
      (!excluded(at) || exclude.mayKeepBelow(relative(at))),
  };
}

function notFound(root: SafeRoot, tree: FileTree, source: string, keyword: string): Error {
  const clean = cleaned(source);
  if (kindAt(root, clean) === "socket") {
    return new NotFound(
      `${keyword} failed: "${source}" is a socket: ${tree.description} has files, directories and links`,
    );
  }
  if (root.exists(clean)) {
    return new NotFound(
      `${keyword} failed: "${source}" is excluded by .dockerignore: remove the pattern, or add !${clean} after it`,
    );
  }
  const directory = parentOf(clean);
  const names = isDirectory(root, directory) ? root.list(directory).map((entry) => entry.name) : [];
  const match = closest(path.posix.basename(clean), names);
  const suggestion = match === undefined ? "" : ` (did you mean ${path.posix.join(directory, match)}?)`;
  const outside = source.split("/").includes("..")
    ? `; a path cannot lead out of ${tree.description}, so ../ ends at its top`
    : "";
  const message = `${keyword} failed: "${source}": not found in ${tree.description}${suggestion}${outside}`;
  const kind = outside !== "" ? "file-outside" : "file-missing";
  // what one probably meant helps more than dockerd's words; those are of the context alone
  const told = !tree.layer && suggestion === "";
  const there = suggestion === "" ? namesAround(root, tree, clean) : [];
  return new SourceMissing(message, there, told ? mistake({ kind, keyword, source }) : {});
}

/** What can be copied beside a file that is not there: of its directory, or the first above it that there is. */
function namesAround(root: SafeRoot, tree: FileTree, clean: string): string[] {
  let directory = clean;
  do {
    directory = parentOf(directory);
  } while (!isDirectory(root, directory));
  return root
    .list(directory)
    .map(({ name }) => path.posix.join(directory, name))
    .filter((at) => visible(root, tree, at))
    .map((at) => (isDirectory(root, at) ? `${at}/` : at))
    .toSorted();
}

/** `""` of what is at the top, and of the top. */
function parentOf(clean: string): string {
  const directory = path.posix.dirname(clean);
  return directory === "." ? "" : directory;
}
