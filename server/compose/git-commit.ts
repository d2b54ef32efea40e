import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The commit that a checkout is at, in seven digits as `docker version` shows it. Read from git's files
 * (gitrepository-layout(5)), since a machine need not have git; "unknown" where there is no repository.
 */
export function gitCommit(checkout: string): string {
  const directory = gitDirectory(checkout);
  const head = directory === undefined ? undefined : line(join(directory, "HEAD"));
  if (directory === undefined || head === undefined) return "unknown";
  const name = /^ref: (.+)$/.exec(head)?.[1];
  const commit = name === undefined ? head : resolve(directory, name);
  return commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) ? commit.slice(0, 7) : "unknown";
}

/** `.git`; a file that names it in a second work tree. */
function gitDirectory(checkout: string): string | undefined {
  const path = join(checkout, ".git");
  if (!existsSync(path)) return undefined;
  if (statSync(path).isDirectory()) return path;
  const named = /^gitdir: (.+)$/.exec(line(path) ?? "")?.[1];
  return named === undefined ? undefined : join(named.startsWith("/") ? "" : checkout, named);
}

/** Loose, or packed by git-pack-refs(1); a second work tree's branches are with the first's. */
function resolve(directory: string, name: string): string | undefined {
  const common = join(directory, line(join(directory, "commondir")) ?? "");
  const packed = join(common, "packed-refs");
  const entries = existsSync(packed) ? readFileSync(packed, "utf8").split("\n") : [];
  return line(join(common, name)) ?? entries.find((entry) => entry.endsWith(` ${name}`))?.split(" ")[0];
}

/** The first line of a file; undefined if it is not there. */
function line(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n")[0]?.trim() : undefined;
}
