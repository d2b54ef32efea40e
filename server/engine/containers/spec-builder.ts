import { existsSync } from "node:fs";
import { InvalidArgument } from "../errdefs/errors.ts";
import { posix } from "node:path";
import type { IdMap } from "../mount/mount.ts";
import type { RuntimeMount, RuntimeSpec } from "../runtime/runtime-spec.ts";
import { defaultSpec } from "../runtime/spec/default-spec.ts";
import type { SpecNamespaces, SpecOptions } from "../runtime/spec/default-spec.ts";
import { deviceRule, devicesOf } from "../runtime/spec/devices.ts";
import { checkJoin } from "./container-ids.ts";
import { joinedContainer } from "./joined-container.ts";
import { limitsOf } from "./container-options.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container, HostOptions, ResolvedMount } from "./container.ts";
import type { EtcFiles } from "./etc-files.ts";
import { reachableInnerMounts } from "./inner-mounts.ts";
import { type LinkedContainer, linkedContainers, linkEnvironment } from "./links.ts";
import { parseNetworkMode } from "./network-mode.ts";
import { securityOptions } from "./security-options.ts";

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Variables every process of a container starts with, the container's own over them (moby, container.CreateDaemonEnvironment). */
export function environmentOf(
  container: Container,
  { home, tty, linked }: { home: string; tty: boolean; linked: readonly LinkedContainer[] },
): string[] {
  const nameOf = (entry: string) => entry.split("=", 1)[0] ?? "";
  const base = [defaultPath, `HOSTNAME=${container.config.hostname}`, ...(tty ? ["TERM=xterm"] : [])].concat(
    linked.flatMap((link) => linkEnvironment(container.name, link)),
  );
  const values = new Map(base.map((entry) => [nameOf(entry), entry]));
  // A variable that is there already keeps its place.
  for (const entry of container.config.env) {
    if (entry.includes("=")) {
      values.set(nameOf(entry), entry);
    } else {
      values.delete(entry);
    }
  }
  // An empty one is none (runc, libcontainer/init_linux.go `setupUser`).
  if (values.get("HOME") === "HOME=") values.set("HOME", `HOME=${home}`);
  return [...values.values(), ...(values.has("HOME") ? [] : [`HOME=${home}`])];
}

/** The OCI spec of a container: its record in the runtime's words. */
export class SpecBuilder {
  readonly #parts: ContainerParts;
  readonly #etc: EtcFiles;

  constructor(parts: ContainerParts, etc: EtcFiles) {
    this.#parts = parts;
    this.#etc = etc;
  }

  /**
   * @param places `binds`: host path of each bind mount, by target: the pinned ones; `shm`: of a /dev/shm that others have
   * @throws InvalidArgument (user, working directory), Conflict (namespaces of a container that does not run)
   */
  build(
    container: Container,
    rootfs: string,
    { binds, shm }: { binds: ReadonlyMap<string, string>; shm: string | undefined },
  ): RuntimeSpec {
    const { config, host } = container;
    const user = this.#parts.resolveUser(rootfs, config.user, host.groupAdd);
    const security = this.#security(host);
    const idMap = this.#idMap(container);
    const options: SpecOptions = {
      args: [...config.entrypoint, ...config.cmd],
      env: environmentOf(container, {
        home: user.home,
        tty: config.tty,
        linked: linkedContainers(container, this.#parts),
      }),
      cwd: config.workingDir,
      rootfs,
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
      terminal: config.tty,
      ...terminalSize(host.shown?.consoleSize),
      hostname: config.hostname,
      domainname: config.domainname,
      readonlyRootfs: host.readonlyRootfs,
      ...(idMap === undefined ? {} : { idMap }),
      cgroupPath: this.#cgroupPath(container),
      namespaces: this.#namespaces(container),
      capAdd: host.capAdd,
      capDrop: host.capDrop,
      privileged: host.privileged,
      shmSize: host.shmSize,
      noShm: host.ipcMode === "none",
      noQueues: !existsSync("/dev/mqueue"),
      ...(shm === undefined ? {} : { sharedShm: shm }),
      mounts: [...this.#etc.mounts(container), ...this.#mounts(container, binds)],
      devices: host.devices.flatMap(devicesOf),
      deviceRules: (host.deviceCgroupRules ?? []).map(deviceRule),
      limits: limitsOf(host),
      ulimits: [
        ...(this.#parts.defaults?.ulimits ?? []).filter(({ name }) => !host.ulimits.some((own) => own.name === name)),
        ...host.ulimits,
      ],
      openFiles: this.#parts.tenant.limits.openFiles,
      sysctls: host.sysctls,
      // Among another's processes, or the machine's, there is an init already.
      init: host.init && host.pidMode === "",
      annotations: host.annotations,
      ...(host.maskedPaths === undefined ? {} : { maskedPaths: host.maskedPaths }),
      ...(host.readonlyPaths === undefined ? {} : { readonlyPaths: host.readonlyPaths }),
      ...rootPropagation(container.mounts),
      ...security,
    };
    if (host.oomScoreAdj !== 0) {
      options.oomScoreAdj = host.oomScoreAdj;
    }
    return defaultSpec(options, this.#parts.host);
  }

  /** The operator's defaults beneath what the container asks for; `unconfined` is not for whom it is refused. */
  #idMap({ host }: Container): IdMap | undefined {
    return host.usernsMode === "host" ? undefined : this.#parts.tenant.idMap;
  }

  #mounts(container: Container, bindSources: ReadonlyMap<string, string>): RuntimeMount[] {
    const hostBinds = this.#parts.tenant.rules.binds === "host";
    return container.mounts.flatMap((mount) => {
      const source = bindSources.get(mount.target) ?? mount.source;
      // crun before 1.9 takes no more than the top of a bind mount along into a user namespace, whatever `rbind` says.
      const withInner = hostBinds && mount.type === "bind" && mount.nonRecursive !== true;
      const readonly = mount.readonly && ["yes", "force"].includes(mount.recursiveReadonly ?? "no");
      const inner = withInner ? reachableInnerMounts(source, this.#idMap(container)) : [];
      return [
        runtimeMount(mount, source),
        ...inner.map((path) => runtimeMount({ ...mount, readonly, target: mount.target + path }, source + path)),
      ];
    });
  }

  #security(host: HostOptions): ReturnType<typeof securityOptions> {
    const { noNewPrivileges, seccomp } = this.#parts.defaults ?? {};
    const profile = seccomp === "unconfined" && !this.#parts.tenant.rules.unconfined ? undefined : seccomp;
    return {
      ...(noNewPrivileges === true ? { noNewPrivileges } : {}),
      ...(profile === undefined ? {} : { seccomp: profile }),
      ...securityOptions(host.securityOpt),
    };
  }

  /** Beneath the root of control groups, wherever a `--cgroup-parent` with `..` would lead. */
  #cgroupPath({ id, host }: Container): string {
    const parent = host.cgroupParent === "" ? this.#parts.tenant.cgroupParent : posix.join("/", host.cgroupParent);
    return posix.join(parent, id);
  }

  #namespaces(container: Container): SpecNamespaces {
    const { host } = container;
    const namespaces: SpecNamespaces = {};
    const join = (kind: "network" | "pid" | "ipc", other: string) => {
      const { id: theirId, name: theirName, pid, host: theirs } = joinedContainer(this.#parts.table, other, kind);
      if (kind === "ipc" && !["shareable", "host"].includes(theirs.ipcMode)) {
        throw new InvalidArgument(
          `can't join IPC of container ${theirId}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
        );
      }
      checkJoin(container, { name: theirName, host: theirs }, kind);
      const file = { network: "net", pid: "pid", ipc: "ipc" }[kind];
      namespaces[kind] = { path: `/proc/${pid}/ns/${file}` };
      // A namespace can only be joined with the rights of the user namespace that owns it; the machine's root has them all.
      if (host.usernsMode !== "host") {
        namespaces.user = { path: `/proc/${pid}/ns/user` };
      }
    };
    const network = parseNetworkMode(host.networkMode);
    if (network.kind === "host") {
      namespaces.network = "host";
    } else if (network.kind === "container") {
      join("network", network.container);
    }
    for (const [kind, mode] of [
      ["pid", host.pidMode],
      ["ipc", host.ipcMode],
    ] as const) {
      if (mode === "host") {
        namespaces[kind] = "host";
      } else if (mode.startsWith("container:")) {
        join(kind, mode.slice("container:".length));
      }
    }
    if (host.utsMode === "host") {
      namespaces.uts = "host";
    }
    if (host.cgroupnsMode === "host") {
      namespaces.cgroup = "host";
    }
    return namespaces;
  }
}

/** As dockerd: the strongest of the bind mounts' holds for the root, else the runtime would cut all of them off. */
function rootPropagation(mounts: readonly ResolvedMount[]): { rootfsPropagation?: string } {
  const has = (kind: string) => mounts.some(({ propagation }) => propagation.endsWith(kind));
  return has("shared") ? { rootfsPropagation: "shared" } : has("slave") ? { rootfsPropagation: "rslave" } : {};
}

/** None of it: the kernel says 0 by 0, until somebody resizes it. */
function terminalSize([rows, columns]: readonly [number, number] = [0, 0]): Pick<SpecOptions, "size"> {
  return rows === 0 && columns === 0 ? {} : { size: { rows, columns } };
}

function runtimeMount(mount: ResolvedMount, source: string): RuntimeMount {
  if (mount.type === "tmpfs") {
    const tmpfs = [...(mount.options ?? []), ...(mount.readonly ? ["ro"] : [])];
    return { destination: mount.target, type: "tmpfs", source: "tmpfs", options: tmpfs };
  }
  const recursive = mount.type === "bind" && mount.nonRecursive !== true ? "rbind" : "bind";
  const propagation = mount.propagation === "" ? "rprivate" : mount.propagation;
  return {
    destination: mount.target,
    type: "bind",
    source,
    // `rro` makes the start fail where it cannot be had (OCI runtime-spec, config.md, mounts).
    options: [recursive, propagation, !mount.readonly ? "rw" : mount.recursiveReadonly === "force" ? "rro" : "ro"],
  };
}
