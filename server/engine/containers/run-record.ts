import { readlinkSync } from "node:fs";
import { relative } from "node:path";
import type {
  FoundImage,
  MadeIsolation,
  MadeNetwork,
  MountedRoot,
  MountedVolumes,
  RunNamespace,
  RunStep,
  RunStepFacts,
  StartedProgram,
} from "../../contract/run-anatomy.ts";
import type { Image } from "../images/image-store.ts";
import type { Mount } from "../mount/mount.ts";
import type { Endpoint, Network } from "../network/network-service.ts";
import type { RuntimeSpec } from "../runtime/runtime-spec.ts";
import type { Container } from "./container.ts";
import { parseNetworkMode } from "./network-mode.ts";

/** Lower directories that are noted of one mount. */
const mostLower = 40;

/** Notes the steps of a run while they are done. What fails is not noted: it was not done. */
export class RunRecorder {
  readonly steps: RunStep[] = [];

  /** Does `work`, and notes how long it took and what came of it. */
  async step<T>(work: () => Promise<T> | T, facts: (result: T) => RunStepFacts): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.note(began, facts(result));
    return result;
  }

  /** Notes what has been done since `began` (`performance.now()`). */
  note(began: number, facts: RunStepFacts): void {
    const duration = Math.round((performance.now() - began) * 1000) / 1000;
    this.steps.push({ startedAt: performance.timeOrigin + began, duration, ...facts });
  }
}

export function imageFacts(image: Image, name: string): FoundImage {
  return { kind: "image", name, id: image.id, layers: image.layers.length, size: image.size };
}

/** @param dataRoot what is left out of the directories */
export function rootFacts(mounts: readonly Mount[], dataRoot: string): MountedRoot {
  const top = mounts.at(-1);
  const shown = (path: string): string => relative(dataRoot, path);
  const lower = top?.overlay?.lower ?? [];
  const { upper, work } = top?.overlay ?? {};
  return {
    kind: "root",
    type: top?.type ?? "",
    lower: lower.slice(0, mostLower).map(shown),
    omitted: Math.max(0, lower.length - mostLower),
    ...(upper === undefined ? (top?.type === "bind" ? { upper: shown(top.source) } : {}) : { upper: shown(upper) }),
    ...(work === undefined ? {} : { work: shown(work) }),
    options: top?.options ?? [],
  };
}

export function volumeFacts({ mounts }: Container): MountedVolumes {
  return {
    kind: "volumes",
    mounts: mounts.map(({ type, name, requestedSource, target, readonly }) => ({
      type,
      name: name === "" ? requestedSource : name,
      target,
      readonly,
    })),
  };
}

const namespaceFiles = {
  pid: "pid",
  network: "net",
  ipc: "ipc",
  mount: "mnt",
  uts: "uts",
  user: "user",
  cgroup: "cgroup",
} as const;

/** What the runtime made for the first process, which waits for its start. */
export function isolationFacts(spec: RuntimeSpec, pid: number, runtime: string): MadeIsolation {
  const { linux, process } = spec;
  const [ids] = linux.uidMappings ?? [];
  const { memory, cpu, pids } = linux.resources ?? {};
  const quota = cpu?.quota ?? 0;
  const seccomp = linux.seccomp as { defaultAction: string; syscalls?: { names: string[] }[] } | undefined;
  return {
    kind: "isolation",
    runtime,
    pid,
    namespaces: namespacesOf(linux.namespaces, pid),
    cgroup: {
      path: linux.cgroupsPath ?? "",
      ...((memory?.limit ?? 0) > 0 ? { memory: memory?.limit ?? 0 } : {}),
      ...(quota > 0 ? { cpus: quota / (cpu?.period ?? 100_000) } : {}),
      ...((pids?.limit ?? 0) > 0 ? { processes: pids?.limit ?? 0 } : {}),
    },
    ...(ids === undefined ? {} : { ids: { host: ids.hostID, size: ids.size } }),
    capabilities: (process.capabilities?.bounding ?? []).map((name) => name.replace(/^CAP_/, "")),
    ...(seccomp === undefined
      ? {}
      : {
          seccomp: {
            action: seccomp.defaultAction,
            rules: seccomp.syscalls?.length ?? 0,
            syscalls: new Set((seccomp.syscalls ?? []).flatMap(({ names }) => names)).size,
          },
        }),
    noNewPrivileges: process.noNewPrivileges === true,
    readonlyRoot: spec.root.readonly === true,
    maskedPaths: linux.maskedPaths?.length ?? 0,
    readonlyPaths: linux.readonlyPaths?.length ?? 0,
  };
}

function namespacesOf(asked: RuntimeSpec["linux"]["namespaces"], pid: number): RunNamespace[] {
  return Object.entries(namespaceFiles).map(([name, file]) => {
    const type = name as RunNamespace["type"];
    const wanted = asked.find((namespace) => namespace.type === type);
    const how = wanted === undefined ? "host" : wanted.path === undefined ? "new" : "joined";
    const inode = inodeOf(pid, file);
    return { type, how, ...(inode === undefined ? {} : { inode }) };
  });
}

/** `net:[4026532001]`; undefined when the process has ended, or has none as with gVisor. */
function inodeOf(pid: number, file: string): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/${file}`))?.[1]);
  } catch {
    return undefined;
  }
}

export function networkFacts(
  container: Container,
  connected: readonly { endpoint: Endpoint; network: Network }[],
  ports: Container["ports"],
  resolver: string | undefined,
): MadeNetwork {
  const mode = parseNetworkMode(container.host.networkMode);
  return {
    kind: "network",
    mode: mode.kind === "network" ? mode.name : mode.kind,
    endpoints: connected.map(({ endpoint, network }) => ({
      network: network.name,
      driver: network.driver,
      interface: endpoint.interface,
      address: endpoint.ipv4,
      prefixLength: endpoint.prefixLength,
      gateway: endpoint.gateway,
      mac: endpoint.mac,
      bridge: network.bridge,
      veth: endpoint.veth ?? "",
    })),
    ports: ports.map(({ protocol, containerPort, hostAddress, hostPort }) => ({
      protocol,
      containerPort,
      address: hostAddress,
      port: hostPort,
    })),
    dns: mode.kind === "host" || mode.kind === "container" ? "" : (resolver ?? ""),
  };
}

export function startFacts({ config }: Container, { process }: RuntimeSpec): StartedProgram {
  return {
    kind: "start",
    args: process.args.slice(0, 100),
    directory: process.cwd,
    user: { uid: process.user.uid, gid: process.user.gid },
    terminal: config.tty,
    stdin: config.openStdin,
  };
}
