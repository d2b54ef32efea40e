/** The parts of the OCI runtime-spec (config.md, config-linux.md) that the engine writes. Keys as in the specification. */
export interface RuntimeSpec {
  ociVersion: string;
  hostname?: string;
  domainname?: string;
  root: { path: string; readonly?: boolean };
  process: {
    terminal?: boolean;
    consoleSize?: { height: number; width: number };
    user: { uid: number; gid: number; umask?: number; additionalGids?: number[] };
    args: string[];
    env: string[];
    cwd: string;
    capabilities?: {
      bounding: string[];
      effective: string[];
      permitted: string[];
      inheritable?: string[];
      ambient?: string[];
    };
    rlimits?: { type: string; soft: number; hard: number }[];
    noNewPrivileges?: boolean;
    apparmorProfile?: string;
    oomScoreAdj?: number;
  };
  mounts: RuntimeMount[];
  annotations?: Record<string, string>;
  linux: {
    namespaces: { type: "pid" | "network" | "ipc" | "mount" | "uts" | "user" | "cgroup"; path?: string }[];
    uidMappings?: { containerID: number; hostID: number; size: number }[];
    gidMappings?: { containerID: number; hostID: number; size: number }[];
    cgroupsPath?: string;
    resources?: RuntimeResources;
    sysctl?: Record<string, string>;
    devices?: {
      path: string;
      type: string;
      major: number;
      minor: number;
      fileMode?: number;
      uid?: number;
      gid?: number;
    }[];
    seccomp?: unknown;
    maskedPaths?: string[];
    readonlyPaths?: string[];
    rootfsPropagation?: string;
  };
}

export interface RuntimeMount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
}

/** runtime-spec config-linux.md, Control groups. Bytes, microseconds. */
export interface RuntimeResources {
  devices?: { allow: boolean; type?: string; major?: number; minor?: number; access?: string }[];
  memory?: { limit?: number; reservation?: number; swap?: number; swappiness?: number; disableOOMKiller?: boolean };
  cpu?: {
    shares?: number;
    quota?: number;
    period?: number;
    realtimeRuntime?: number;
    realtimePeriod?: number;
    cpus?: string;
    mems?: string;
  };
  pids?: { limit: number };
  blockIO?: {
    weight?: number;
    weightDevice?: { major: number; minor: number; weight: number }[];
    throttleReadBpsDevice?: ThrottleDevice[];
    throttleWriteBpsDevice?: ThrottleDevice[];
    throttleReadIOPSDevice?: ThrottleDevice[];
    throttleWriteIOPSDevice?: ThrottleDevice[];
  };
}

export interface ThrottleDevice {
  major: number;
  minor: number;
  rate: number;
}
