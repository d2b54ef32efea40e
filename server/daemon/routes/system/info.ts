import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { isoTime } from "../../translate/time.ts";
import type { SharedServices } from "../services.ts";

/** Engine API, SystemInfo: this tenant's counts, the machine's facts. */
export function infoJson(
  engine: Pick<TenantEngine, "tenant" | "images" | "containers">,
  { host }: Pick<SharedServices, "host">,
): object {
  const containers = engine.containers.list();
  const count = (status: string) => containers.filter((container) => container.status === status).length;
  const { memory, cpus } = engine.tenant.limits;
  return {
    ID: engine.tenant.id,
    Containers: containers.length,
    ContainersRunning: count("running"),
    ContainersPaused: count("paused"),
    ContainersStopped: containers.length - count("running") - count("paused"),
    Images: engine.images.list().length,
    Driver: "overlay2",
    DriverStatus: [
      ["Backing Filesystem", "overlayfs"],
      ["Engine", "Drydock"],
    ],
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "null"],
      Authorization: null,
      Log: ["json-file", "none"],
    },
    ...capabilities,
    Debug: host.settings.debug,
    NFd: 0,
    OomKillDisable: false,
    NGoroutines: 0,
    SystemTime: isoTime(Date.now()),
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: host.cgroupVersion,
    NEventsListener: 0,
    KernelVersion: host.kernelVersion,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.osVersion,
    OSType: "linux",
    Architecture: host.machine,
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: null,
      AllowNondistributableArtifactsHostnames: null,
      InsecureRegistryCIDRs: [...host.settings.insecure.filter((name) => name.includes("/")), "127.0.0.0/8", "::1/128"],
      IndexConfigs: Object.fromEntries([
        ["docker.io", { Name: "docker.io", Mirrors: [], Secure: true, Official: true }],
        ...host.settings.insecure
          .filter((name) => !name.includes("/"))
          .map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }]),
      ]),
      Mirrors: [],
    },
    NCPU: cpus === undefined ? host.cpus : Math.min(host.cpus, Math.max(1, Math.ceil(cpus))),
    MemTotal: memory === undefined ? host.memory : Math.min(host.memory, memory),
    GenericResources: null,
    DockerRootDir: host.dataRoot,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Name: host.hostname,
    Labels: host.labels,
    ExperimentalBuild: false,
    ServerVersion: host.engineVersion,
    Runtimes: Object.fromEntries(host.runtimes.map(({ name, path }) => [name, { path }])),
    DefaultRuntime: host.runtimes[0]?.name ?? "crun",
    Swarm: {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: "" },
    InitCommit: { ID: "" },
    SecurityOptions: ["name=seccomp,profile=builtin", "name=userns", "name=cgroupns"],
    Warnings: host.warnings.length === 0 ? null : host.warnings,
    CDISpecDirs: [],
  };
}

const capabilities = {
  MemoryLimit: true,
  SwapLimit: true,
  CpuCfsPeriod: true,
  CpuCfsQuota: true,
  CPUShares: true,
  CPUSet: true,
  PidsLimit: true,
  IPv4Forwarding: true,
};
