import { posix } from "node:path";
import { inPieces, timeOfRequest } from "../concurrency/thread-time.ts";
import type { FileKind, SafeRoot } from "../mount/safe-path.ts";

/** One file of a directory in a container. */
export interface ListedFile {
  name: string;
  kind: FileKind;
  /** bytes */
  size: number;
  /** permission bits with setuid, setgid and sticky: 0 to 0o7777 */
  mode: number;
  /** as the container sees them */
  uid: number;
  gid: number;
  /** ms since the epoch */
  mtime: number;
  /** of a link: what is written in it, and what kind of file it leads to; undefined when it leads nowhere */
  linkTarget?: string;
  leadsTo?: FileKind;
}

/** One directory, without what is beneath its directories. */
export interface DirectoryListing {
  /** absolute, links resolved */
  path: string;
  /** directories first, then by name */
  files: ListedFile[];
  /** how many more there are */
  omitted: number;
}

/** Of a larger directory the first by name are told. */
const mostFiles = 2000;
/** So many are looked at before others get their turn. */
const batch = 50;

/**
 * @param hostBase what is taken off the ids on the machine
 * @throws NotFound, InvalidArgument (no directory)
 */
export async function listDirectory(root: SafeRoot, path: string, hostBase: number): Promise<DirectoryListing> {
  const time = timeOfRequest();
  const real = root.realPath(path);
  const names = (await inPieces(root.listPieces(path))).map(({ name }) => name);
  const files: ListedFile[] = [];
  for (let at = 0; at < Math.min(names.length, mostFiles); at += batch) {
    const some = names.slice(at, Math.min(at + batch, mostFiles));
    const found = () => some.flatMap((name) => listed(root, posix.join(real, name), hostBase) ?? []);
    files.push(...(await time.spend(found)));
  }
  const rank = ({ kind, leadsTo }: ListedFile) => ((leadsTo ?? kind) === "directory" ? 0 : 1);
  return {
    path: real,
    files: files.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)),
    omitted: Math.max(0, names.length - mostFiles),
  };
}

/** Undefined when it has gone meanwhile. */
function listed(root: SafeRoot, path: string, hostBase: number): ListedFile | undefined {
  if (!root.exists(path)) return undefined;
  const { kind, size, mode, uid, gid, mtimeNs } = root.lstat(path);
  const inside = (id: number) => (id >= hostBase ? id - hostBase : id);
  return {
    name: posix.basename(path),
    kind,
    size,
    mode,
    uid: inside(uid),
    gid: inside(gid),
    mtime: Number(mtimeNs / 1_000_000n),
    ...(kind === "symlink" ? link(root, path) : {}),
  };
}

function link(root: SafeRoot, path: string): Pick<ListedFile, "linkTarget" | "leadsTo"> {
  const linkTarget = root.readLink(path);
  const leadsTo = root.exists(posix.resolve(posix.dirname(path), linkTarget)) ? kindBehind(root, path) : undefined;
  return { linkTarget, ...(leadsTo === undefined ? {} : { leadsTo }) };
}

/** Undefined for one of links that lead to each other, or to what only the kernel follows. */
function kindBehind(root: SafeRoot, path: string): FileKind | undefined {
  try {
    return root.stat(path).kind;
  } catch {
    return undefined;
  }
}
