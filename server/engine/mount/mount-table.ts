import { readFileSync } from "node:fs";

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface MountEntry {
  mountPoint: string;
  type: string;
  source: string;
  options: string[];
  /** in a peer group: mounts beneath it show up in mount namespaces made from this one */
  shared: boolean;
  /** mounts beneath the one it is a slave of show up beneath it */
  slave: boolean;
}

/** All mounts of a process's mount namespace, in the order they were made, as it sees them. @param pid otherwise of this one */
export function readMountTable(pid: number | "self" = "self"): MountEntry[] {
  return readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n").filter(Boolean).map(parseLine);
}

/** The top mount exactly at `dir`, if there is one. */
export function mountAt(dir: string): MountEntry | undefined {
  return readMountTable().findLast((entry) => entry.mountPoint === dir);
}

/** The mount that an absolute path without links is on. */
export function mountOf(path: string): MountEntry | undefined {
  const within = ({ mountPoint }: MountEntry) =>
    path === mountPoint || path.startsWith(mountPoint === "/" ? "/" : `${mountPoint}/`);
  const entries = readMountTable().filter(within);
  const longest = Math.max(...entries.map(({ mountPoint }) => mountPoint.length));
  return entries.findLast(({ mountPoint }) => mountPoint.length === longest);
}

/** Mount points at or beneath `dir`, deepest and newest first: the order to unmount them in. */
export function mountPointsBeneath(dir: string): string[] {
  return readMountTable()
    .map((entry) => entry.mountPoint)
    .filter((point) => point === dir || point.startsWith(dir === "/" ? dir : `${dir}/`))
    .toReversed();
}

function parseLine(line: string): MountEntry {
  const [left = "", right = ""] = line.split(" - ");
  const fields = left.split(" ");
  const [type = "", source = ""] = right.split(" ");
  return {
    mountPoint: unescapeField(fields[4] ?? ""),
    type,
    source: unescapeField(source),
    options: (fields[5] ?? "").split(","),
    shared: fields.slice(6).some((field) => field.startsWith("shared:")),
    slave: fields.slice(6).some((field) => field.startsWith("master:")),
  };
}

/** The kernel writes space, tab, newline and backslash in octal. */
function unescapeField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
