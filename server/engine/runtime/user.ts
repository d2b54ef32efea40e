import { InvalidArgument, isEngineError } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";

/** Who a process in a container runs as. */
export interface ResolvedUser {
  uid: number;
  gid: number;
  /** supplementary groups, with `gid` first */
  additionalGids: number[];
  /** from the container's /etc/passwd; `/` for a user it does not know */
  home: string;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/** Detail of an error: a user or group that the container's own files do not list. */
export class UnknownName {
  readonly kind: "user" | "group";
  readonly name: string;

  constructor(kind: "user" | "group", name: string) {
    this.kind = kind;
    this.name = name;
  }
}

const maximumId = 2 ** 31 - 1;
/** They are read for each process that is started, on the thread that all tenants share. Bytes. */
const largestTable = 1024 * 1024;

/**
 * `user[:group]`, each a name or a number, looked up in the container's own /etc/passwd and /etc/group; empty is root.
 * A number that /etc/passwd does not list is taken as it is. Without `:group` the user's supplementary groups are
 * those that list it; with it there are none. `groupAdd` (`--group-add`) comes on top.
 *
 * @param rootfs host path of the container's root; its files are not trusted (links stay within, sizes are bounded)
 * @throws InvalidArgument `unable to find user x: no matching entries in passwd file` (or group), as Docker says
 */
export function resolveUser(rootfs: string, user: string, groupAdd: readonly string[] = []): ResolvedUser {
  using root = new SafeRoot(rootfs);
  const passwd = parsePasswd(readTable(root, "/etc/passwd"));
  const groups = parseGroup(readTable(root, "/etc/group"));
  return findUser(user, passwd, groups, groupAdd);
}

/** The lookup itself, on parsed tables. */
export function findUser(
  user: string,
  passwd: readonly PasswdEntry[],
  groups: readonly GroupEntry[],
  groupAdd: readonly string[] = [],
): ResolvedUser {
  const [userPart = "", groupPart = ""] = splitUser(user);
  const wanted = userPart === "" ? "0" : userPart;
  const entry = passwd.find((each) => each.name === wanted || String(each.uid) === wanted);
  const uid = entry?.uid ?? numericId(wanted, () => unlisted("user", wanted));
  const name = entry?.name ?? wanted;
  const gid = groupPart === "" ? (entry?.gid ?? 0) : groupId(groupPart, groups);
  const listed = groupPart === "" ? groups.filter((each) => each.members.includes(name)).map((each) => each.gid) : [];
  const added = groupAdd.map((each) => groupId(each, groups, "Unable"));
  return { uid, gid, additionalGids: [...new Set([gid, ...listed, ...added])], home: entry?.home || "/" };
}

export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(":");
    const ids = [Number(uid), Number(gid)] as const;
    return name && uid && ids.every(isId) ? [{ name, uid: ids[0], gid: ids[1], home: home ?? "" }] : [];
  });
}

export function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap((line) => {
    const [name, , gid, members] = line.split(":");
    if (!name || !gid || !isId(Number(gid))) return [];
    return [{ name, gid: Number(gid), members: (members ?? "").split(",").filter(Boolean) }];
  });
}

function splitUser(user: string): string[] {
  const at = user.indexOf(":");
  // runc reads no further than a second colon
  return at === -1 ? [user] : [user.slice(0, at), user.slice(at + 1).split(":")[0] ?? ""];
}

function groupId(group: string, groups: readonly GroupEntry[], start = "unable"): number {
  const entry = groups.find((each) => each.name === group || String(each.gid) === group);
  return entry?.gid ?? numericId(group, () => unlisted("group", group, start));
}

function unlisted(kind: "user" | "group", name: string, start = "unable"): InvalidArgument {
  const file = kind === "user" ? "passwd" : "group";
  return new InvalidArgument(`${start} to find ${kind} ${name}: no matching entries in ${file} file`, {
    detail: new UnknownName(kind, name),
  });
}

function numericId(text: string, unknown: () => InvalidArgument): number {
  if (!/^[+-]?\d+$/.test(text)) throw unknown();
  const id = Number(text);
  if (!isId(id)) throw new InvalidArgument(`uids and gids must be in range 0-${maximumId}`);
  return id;
}

function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= maximumId;
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Empty when the image has no such file (`scratch`). */
function readTable(root: SafeRoot, path: string): string {
  try {
    return root.readFile(path, largestTable).toString("utf8");
  } catch (error) {
    if (isEngineError(error, "not_found")) return "";
    throw error;
  }
}
