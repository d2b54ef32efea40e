import type { RuntimeMount } from "../runtime-spec.ts";

/** Docker's `--shm-size` if none is given. */
export const defaultShmSize = 64 * 1024 * 1024;

/**
 * Options of what is the machine's own. Where systemd runs its mounts are shared: without `rprivate` what is laid over
 * paths of the container's /proc would be laid over the machine's, too.
 */
const bound = ["rprivate", "nosuid", "noexec", "nodev"];

/**
 * File systems every Linux container has (runtime-spec config-linux.md, Default Filesystems), with Docker's options.
 */
export function defaultMounts(options: {
  shmSize?: number;
  /** where /dev/shm lies that others have, too; else it is the container's own */
  sharedShm?: string;
  privileged?: boolean;
  hostIpc?: boolean;
  /** no /dev/shm at all (`--ipc none`) */
  noShm?: boolean;
  /** the machine shows none of its own (`--ipc host`) */
  noQueues?: boolean;
  /** the machine's /proc: a new one cannot be mounted over processes of another user namespace */
  hostProc?: boolean;
}): RuntimeMount[] {
  const access = options.privileged ? "rw" : "ro";
  const mounts: RuntimeMount[] = [
    options.hostProc
      ? { destination: "/proc", type: "bind", source: "/proc", options: ["rbind", ...bound] }
      : { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      // The machine has some 3,000 for all containers together (kernel.pty.max): one must not take them all.
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5", "max=64"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: [access, "nosuid", "noexec", "nodev", "relatime"],
    },
  ];
  // The machine's message queues cannot be mounted anew by a container's own user namespace (mq_overview(7)).
  if (options.hostIpc) {
    const queues = options.noQueues ? [] : [shared("/dev/mqueue")];
    return [...mounts, ...queues, ...(options.noShm ? [] : [shared("/dev/shm")])];
  }
  const ipcOptions = ["nosuid", "noexec", "nodev"];
  mounts.push({ destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ipcOptions });
  if (options.sharedShm !== undefined) {
    mounts.push(shared("/dev/shm", options.sharedShm));
  } else if (!options.noShm) {
    const size = `size=${options.shmSize ?? defaultShmSize}`;
    mounts.push({ destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...ipcOptions, "mode=1777", size] });
  }
  return mounts;
}

function shared(destination: string, source = destination): RuntimeMount {
  return { destination, type: "bind", source, options: ["bind", ...bound] };
}

/**
 * `extra` laid over `base`: one with the same destination takes its place, and all are sorted so that
 * a parent directory is mounted before what lies in it.
 */
export function mergeMounts(base: readonly RuntimeMount[], extra: readonly RuntimeMount[]): RuntimeMount[] {
  const taken = new Set(extra.map((mount) => mount.destination));
  const kept = base.filter((mount) => !taken.has(mount.destination));
  const depth = (mount: RuntimeMount) => mount.destination.split("/").filter(Boolean).length;
  const sorted = extra.toSorted((a, b) => depth(a) - depth(b));
  return [...kept, ...sorted];
}
