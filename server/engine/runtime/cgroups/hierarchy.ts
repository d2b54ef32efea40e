import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FailedPrecondition } from "../../errdefs/errors.ts";

/**
 * How control groups are laid out on this machine.
 * `v1`: one tree per controller; `hybrid`: that, and an empty v2 tree at `unified`; `v2`: one tree.
 */
export type CgroupVersion = "v1" | "hybrid" | "v2";

export interface CgroupHierarchy {
  version: CgroupVersion;
  /** usually /sys/fs/cgroup */
  root: string;
  /** v1: directory of each controller that is mounted; controllers mounted together share one */
  controllers: Map<string, string>;
  /** hybrid: where the v2 tree is mounted */
  unified: string | undefined;
}

const v1Controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"] as const;

/** Looks at what is mounted. @throws FailedPrecondition when there are no control groups at all */
export function detectHierarchy(root = "/sys/fs/cgroup"): CgroupHierarchy {
  if (existsSync(join(root, "cgroup.controllers"))) {
    return { version: "v2", root, controllers: new Map(), unified: undefined };
  }
  const controllers = new Map<string, string>();
  for (const name of v1Controllers) {
    const dir = join(root, name);
    if (existsSync(join(dir, "cgroup.procs"))) controllers.set(name, dir);
  }
  if (controllers.size === 0) {
    throw new FailedPrecondition(
      `no control groups are mounted at ${root}: mount them (mount -t cgroup2 none ${root}) or boot with an init system that does`,
    );
  }
  const unified = join(root, "unified");
  const isHybrid = existsSync(join(unified, "cgroup.controllers"));
  return { version: isHybrid ? "hybrid" : "v1", root, controllers, unified: isHybrid ? unified : undefined };
}

/** All directories on disk of one cgroup: one on v2, one per tree on v1. They need not exist. */
export function directoriesOf(hierarchy: CgroupHierarchy, path: string): string[] {
  if (hierarchy.version === "v2") return [join(hierarchy.root, path)];
  const trees = new Set(hierarchy.controllers.values());
  const systemd = join(hierarchy.root, "systemd");
  if (existsSync(join(systemd, "cgroup.procs"))) trees.add(systemd);
  if (hierarchy.unified !== undefined) trees.add(hierarchy.unified);
  return [...trees].map((tree) => join(tree, path));
}

/** The directory that holds a controller's files of one cgroup; undefined if the controller is not there. */
export function controllerDir(hierarchy: CgroupHierarchy, controller: string, path: string): string | undefined {
  if (hierarchy.version === "v2") return join(hierarchy.root, path);
  const tree = hierarchy.controllers.get(controller);
  return tree === undefined ? undefined : join(tree, path);
}

/** Host pids in a cgroup and all beneath it; none if it does not exist. */
export function pidsBeneath(dir: string): number[] {
  try {
    const own = readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
    const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...children.flatMap((entry) => pidsBeneath(join(dir, entry.name)))];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ENODEV: removed while being read; EOPNOTSUPP: a threaded cgroup, whose processes its parent lists.
    if (code === "ENOENT" || code === "ENODEV" || code === "EOPNOTSUPP" || code === "ENOTSUP") return [];
    throw error;
  }
}
