import type { RunStep } from "../../contract/run-anatomy.ts";
import type { Digest } from "../oci/digest.ts";
import type { HealthConfig } from "../oci/types.ts";
import type { LayerID } from "../layers/layer-store.ts";
import type { PortBinding } from "../network/network-service.ts";
import type { RuntimeName } from "../runtime/task.ts";

/** A link on the default network, of `--link`: the other container, and what it is called within. */
export interface Link {
  id: string;
  /** of the other container when the link was made: who asks about one that is gone is told it */
  name: string;
  alias: string;
}

/** What a container runs: the request merged with its image's config (Engine API, ContainerConfig). */
export interface ProcessConfig {
  hostname: string;
  domainname: string;
  user: string;
  env: string[];
  cmd: string[];
  entrypoint: string[];
  workingDir: string;
  labels: Record<string, string>;
  tty: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
  attachStdin: boolean;
  attachStdout: boolean;
  attachStderr: boolean;
  /** `80/tcp` */
  exposedPorts: string[];
  /** paths that get an anonymous volume */
  volumes: string[];
  stopSignal: string;
  /** seconds; undefined is 10 */
  stopTimeout: number | undefined;
  healthcheck: HealthConfig | undefined;
  shell: string[] | undefined;
  /** only kept and shown: commit passes it on */
  onBuild?: string[];
  /** that its command needs no quoting on Windows, as BuildKit notes of each image: only shown */
  argsEscaped?: boolean;
  /** fields that came as an empty list or object instead of null, by the API's names, which only inspect shows */
  shownEmpty?: string[];
  networkDisabled: boolean;
  /** the image as the client named it */
  image: string;
}

/** How a process went that ran elsewhere: the step of a build. */
export interface EndedProcess {
  id: string;
  /** the file system as it left it */
  layer: LayerID;
  /** undefined: it was never started; times in ms since the epoch */
  run: { exitCode: number; startedAt: number; finishedAt: number } | undefined;
}

export interface MountRequest {
  /** `image`: the files of an image, read-only */
  type: "bind" | "volume" | "tmpfs" | "image";
  /** workspace or host path, volume name, empty for anonymous volumes and tmpfs */
  source: string;
  target: string;
  readonly: boolean;
  /** volume only: do not copy the image's content up */
  noCopy?: boolean;
  /** bind only: `rprivate`, ... */
  propagation?: string;
  /** bind only: without what is mounted beneath the source */
  nonRecursive?: boolean;
  /** bind only: `ro` holds for what is mounted beneath, too, or it does not; `force`: it does or the start fails; else no */
  recursiveReadonly?: "yes" | "no" | "force";
  /** volume only: the directory or file in it that is mounted; it has to be there at the start */
  volumeSubpath?: string;
  volumeDriver?: string;
  volumeLabels?: Record<string, string>;
  volumeOptions?: Record<string, string>;
  /** image only: the directory or file in it that is mounted */
  imageSubpath?: string;
  /** as given after the second colon of `-v` */
  mode?: string;
  /** for machines where files lie beyond a virtual one: only shown */
  consistency?: string;
  /** tmpfs only: `exec`, `uid=5`, ... */
  tmpfsFlags?: string[];
  /** tmpfs only, bytes and octal mode */
  tmpfsSize?: number;
  tmpfsMode?: number;
  /**
   * never a client's word. bind: a directory that the engine keeps for the tenant, whatever the policy; image: it can be
   * written to, and what is written goes with the container
   */
  ofEngine?: true;
  /** a bind that is `ofEngine` only: the directory in it that is mounted */
  bindSubpath?: string;
  /** bind only: make a missing source (`-v`), or refuse (`--mount`) */
  createSource?: boolean;
}

/** Bytes or operations a second, of one block device. */
export type BlkioThrottle = "readBps" | "writeBps" | "readIops" | "writeIops";

/** Limits and isolation (Engine API, Resources and HostConfig). Bytes unless said otherwise. */
export interface ResourceConfig {
  memory: number;
  memoryReservation: number;
  /** memory + swap; -1 unlimited */
  memorySwap: number;
  memorySwappiness: number | undefined;
  oomKillDisable: boolean;
  oomScoreAdj: number;
  /** 1e-9 CPUs */
  nanoCpus: number;
  cpuShares: number;
  cpuPeriod: number;
  cpuQuota: number;
  cpusetCpus: string;
  cpusetMems: string;
  /** 0 or -1 unlimited */
  pidsLimit: number;
  blkioWeight: number;
  blkioWeightDevices?: { path: string; weight: number }[];
  blkioThrottles?: Partial<Record<BlkioThrottle, { path: string; rate: number }[]>>;
  /** taken, shown and not applied: kernels since 5.4 have no such limit */
  kernelMemory?: number;
  kernelMemoryTcp?: number;
  /** of another system: told of, and dropped */
  cpuPercent?: number;
  /** µs, of the real-time scheduler */
  cpuRealtimePeriod?: number;
  cpuRealtimeRuntime?: number;
  ulimits: { name: string; soft: number; hard: number }[];
}

export interface RestartPolicy {
  name: "no" | "always" | "on-failure" | "unless-stopped";
  maximumRetryCount: number;
}

export interface HostOptions extends ResourceConfig {
  mounts: MountRequest[];
  /** as the client gave `-v`, for inspect */
  binds: string[];
  volumesFrom: string[];
  tmpfs: Record<string, string>;
  portBindings: PortBinding[];
  publishAllPorts: boolean;
  /** `default`, `bridge`, `none`, `host`, `container:<id>`, or a network name */
  networkMode: string;
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  extraHosts: string[];
  /** as the client gave them */
  links: string[];
  /** those of the default network; others are names like any other */
  linked?: Link[];
  autoRemove: boolean;
  restartPolicy: RestartPolicy;
  privileged: boolean;
  readonlyRootfs: boolean;
  capAdd: string[];
  capDrop: string[];
  groupAdd: string[];
  securityOpt: string[];
  pidMode: string;
  ipcMode: string;
  utsMode: string;
  usernsMode: string;
  cgroupnsMode: string;
  cgroupParent: string;
  sysctls: Record<string, string>;
  devices: { pathOnHost: string; pathInContainer: string; cgroupPermissions: string }[];
  /** `c 1:3 rwm` */
  deviceCgroupRules?: string[];
  /** no driver gives any: asked for, the start fails */
  deviceRequests?: {
    driver: string;
    count: number;
    deviceIds: string[];
    capabilities: string[][];
    options: Record<string, string>;
  }[];
  /** of the snapshotter: `size` */
  storageOptions?: Record<string, string>;
  shmSize: number;
  init: boolean;
  logDriver: string;
  logOptions: Record<string, string>;
  runtime: RuntimeName;
  annotations: Record<string, string>;
  /** of /proc and /sys, in place of the default ones (`runtime/spec/paths.ts`) */
  maskedPaths?: string[];
  readonlyPaths?: string[];
  /** `--mac-address`, while it is not on the network that it was for */
  mac?: string;
  /** how it was asked for, which only inspect shows: the engine does nothing with it */
  shown?: ShownRequest;
}

/** What of a request shows in inspect and, but for `consoleSize`, means nothing else. */
export interface ShownRequest {
  /** fields that came as an empty list or object instead of null, by the API's names */
  empty: string[];
  volumeDriver?: string;
  containerIdFile?: string;
  cgroup?: string;
  isolation?: string;
  cpuCount?: number;
  /** rows and columns of its terminal when it starts */
  consoleSize?: [number, number];
  /** null: the client did not say */
  init?: boolean | null;
  restartPolicyName?: string;
  /** as they came, where that is not in full: `{"80": null}` */
  portBindings?: Record<string, object[] | null>;
  /** an update took the limit of processes away, which is not the same as never having had one */
  unlimitedPids?: boolean;
}

/** Per network at create or connect. */
export interface EndpointRequest {
  aliases: string[];
  links: string[];
  ipv4?: string;
  ipv6?: string;
  mac?: string;
  /** further addresses of its interface */
  linkLocal?: string[];
  /** only inspect shows it */
  driverOptions?: Record<string, string>;
  /** of several ways out the one with the highest is taken */
  gatewayPriority?: number;
  /** by `docker network connect`, not at create: inspect shows then, before the start, that its id is a name */
  connectedLater?: true;
  /** the address configuration came, and was empty: only inspect shows it */
  emptyIpam?: true;
}

export interface NewContainer {
  /** chosen if undefined */
  name: string | undefined;
  config: ProcessConfig;
  host: HostOptions;
  /** network name or id → settings; what `networkMode` names is added */
  networks: Record<string, EndpointRequest>;
}

export type ContainerStatus = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

export interface HealthState {
  status: "starting" | "healthy" | "unhealthy";
  failingStreak: number;
  /** the last five; ms since the epoch */
  log: { start: number; end: number; exitCode: number; output: string }[];
}

/** A container as the engine knows it. `id` is 64 hex digits, times in ms since the epoch. */
export interface Container {
  id: string;
  name: string;
  createdAt: number;
  imageId: Digest;
  config: ProcessConfig;
  host: HostOptions;
  status: ContainerStatus;
  pid: number;
  exitCode: number;
  /** what went wrong at start, in words */
  error: string;
  oomKilled: boolean;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  restartCount: number;
  health: HealthState | undefined;
  /** with an explicit stop or kill since the last start: restart policies then hold off */
  stoppedByUser: boolean;
  snapshotKey: string;
  topLayer: LayerID | undefined;
  mounts: ResolvedMount[];
  networks: Record<string, EndpointRequest>;
  /** what is published on the host while it runs (the answer of `SandboxService.publish`); empty otherwise */
  ports: PortBinding[];
  execIds: string[];
  /** how it was made and last started, as noted while it was done */
  anatomy?: { created: RunStep[]; started: RunStep[] };
}

export interface ResolvedMount {
  type: "bind" | "volume" | "tmpfs" | "image";
  /** volume name, if one; of an image what the client called it */
  name: string;
  /** host path */
  source: string;
  /** what the client wrote */
  requestedSource: string;
  target: string;
  readonly: boolean;
  driver: string;
  propagation: string;
  /** volume, image, and a bind of the engine's: what of it is mounted, relative to its root */
  subpath?: string;
  /** image only: its top layer; undefined: it has none */
  layer?: LayerID;
  /** tmpfs only: mount options (`size=...`, `mode=...`) */
  options?: string[];
  /** as given after the second colon of `-v` */
  mode?: string;
  /** bind only */
  ofEngine?: true;
  nonRecursive?: boolean;
  recursiveReadonly?: "yes" | "no" | "force";
  /** another container's (`--volumes-from`) */
  inherited?: true;
}
