/**
 * How a container came to run, step by step, as the engine noted it while it did it: nothing here is worked out
 * afterwards. `GET /drydock/v1/containers/{id}/anatomy`, and `GET /api/w/{id}/containers/{id}/anatomy`.
 *
 * The steps are those that Docker's documentation lists for `docker run` ("Docker overview", Example docker run
 * command): the image, the container, its writable layer, its network and address, the start, the terminal.
 */
export interface RunAnatomy {
  container: string;
  name: string;
  /** as they were done; those of the last start replace those of the one before */
  steps: RunStep[];
}

export interface RunStepTime {
  /** ms since the epoch */
  startedAt: number;
  /** ms, with fractions */
  duration: number;
}

export type RunStep = RunStepTime & RunStepFacts;

export type RunStepFacts =
  | PulledImage
  | FoundImage
  | MadeLayer
  | MadeContainer
  | MountedRoot
  | MountedVolumes
  | MadeIsolation
  | MadeNetwork
  | StartedProgram
  | EndedProgram;

/** Asked for by the client after the engine had not found the image. */
export interface PulledImage {
  kind: "pull";
  name: string;
}

export interface FoundImage {
  kind: "image";
  name: string;
  id: string;
  layers: number;
  /** bytes of its layers */
  size: number;
}

/** The writable layer: an empty directory that all changes go to. */
export interface MadeLayer {
  kind: "layer";
  driver: string;
}

export interface MadeContainer {
  kind: "container";
  id: string;
  name: string;
  hostname: string;
}

/** Directories are told from the engine's own on, without where that is on the machine. */
export interface MountedRoot {
  kind: "root";
  type: string;
  /** what is read, topmost first; at most 40 */
  lower: string[];
  omitted: number;
  /** where changes go */
  upper?: string;
  work?: string;
  options: string[];
}

export interface MountedVolumes {
  kind: "volumes";
  mounts: { type: string; name: string; target: string; readonly: boolean }[];
}

export interface RunNamespace {
  type: "pid" | "network" | "ipc" | "mount" | "uts" | "user" | "cgroup";
  /** inode number in the kernel's nsfs, by which one tells whether two are the same; undefined: it could not be read */
  inode?: number;
  /** joined: another container's; host: the machine's own */
  how: "new" | "joined" | "host";
}

/** What keeps the process apart, made before its program starts. */
export interface MadeIsolation {
  kind: "isolation";
  runtime: string;
  /** of its first process, as the machine counts */
  pid: number;
  namespaces: RunNamespace[];
  cgroup: {
    path: string;
    /** bytes, processors, processes; undefined: no limit of its own */
    memory?: number;
    cpus?: number;
    processes?: number;
  };
  /** ids inside begin at 0, on the machine at `host` */
  ids?: { host: number; size: number };
  /** without CAP_ */
  capabilities: string[];
  seccomp?: { action: string; rules: number; syscalls: number };
  noNewPrivileges: boolean;
  readonlyRoot: boolean;
  /** of /proc and /sys */
  maskedPaths: number;
  readonlyPaths: number;
}

export interface RunEndpoint {
  network: string;
  driver: string;
  /** inside */
  interface: string;
  address: string;
  prefixLength: number;
  gateway: string;
  mac: string;
  /** on the machine; empty where there is none */
  bridge: string;
  veth: string;
}

export interface MadeNetwork {
  kind: "network";
  /** `container:x`: it uses another container's; `host`, `none` */
  mode: string;
  endpoints: RunEndpoint[];
  ports: { protocol: string; containerPort: number; address: string; port: number }[];
  /** the resolver that is in its /etc/resolv.conf; empty: the machine's */
  dns: string;
}

export interface StartedProgram {
  kind: "start";
  args: string[];
  directory: string;
  user: { uid: number; gid: number };
  /** it has a pseudo-terminal, else pipes */
  terminal: boolean;
  stdin: boolean;
}

export interface EndedProgram {
  kind: "end";
  exitCode: number;
  /** the kernel ended it for want of memory */
  oomKilled: boolean;
}
