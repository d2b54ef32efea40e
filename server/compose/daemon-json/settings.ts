import { readFileSync } from "node:fs";
import type { ContainerDefaults } from "../../engine/containers/container-parts.ts";
import { parseSize } from "../../engine/logs/options.ts";
import type { DefaultBridge } from "../../engine/network/default-bridge.ts";
import type { ResolverSettings } from "../../engine/network/dns/host-resolvers.ts";
import type { RegistrySettings } from "../../engine/remotes/hosts.ts";
import type { TransferLimits } from "../../engine/remotes/limits.ts";
import { registryMirror } from "./mirrors.ts";
import type { DaemonJson } from "./schema.ts";

export const defaultShmSize = 64 * 1024 * 1024;

/** The operator's settings in the engine's terms. What it returns is in force now: a reload shows in objects given before. */
export class Settings {
  #daemon: DaemonJson;
  readonly #preferred: string;
  readonly containers: ContainerDefaults;
  readonly registries: RegistrySettings;
  readonly transfers: TransferLimits;

  /** @param preferred the runtime where the file names none (`preferredRuntime`) */
  constructor(daemon: DaemonJson, preferred = "crun") {
    this.#daemon = daemon;
    this.#preferred = preferred;
    const now = () => this.#daemon;
    this.containers = containerDefaults(now);
    this.registries = {
      get insecure() {
        return now()["insecure-registries"] ?? [];
      },
      get mirrors() {
        return (now()["registry-mirrors"] ?? []).map(registryMirror);
      },
    };
    this.transfers = {
      get downloads() {
        return now()["max-concurrent-downloads"] || 3;
      },
      get uploads() {
        return now()["max-concurrent-uploads"] || 5;
      },
      get attempts() {
        return now()["max-download-attempts"] || 5;
      },
    };
  }

  /** as the file says it */
  get daemon(): DaemonJson {
    return this.#daemon;
  }

  replace(daemon: DaemonJson): void {
    this.#daemon = daemon;
  }

  /** shares the machine's kernel, and so what is made in its namespaces */
  get kernelRuntime(): string {
    return this.#preferred;
  }

  get runtime(): string {
    return this.#daemon["default-runtime"] || this.#preferred;
  }
}

/** For containers to be. The profile of seccomp is read once. */
function containerDefaults(now: () => DaemonJson): ContainerDefaults {
  const profile = now()["seccomp-profile"] ?? "";
  const seccomp = ["", "builtin", "unconfined"].includes(profile)
    ? profile
    : (JSON.parse(readFileSync(profile, "utf8")) as object);
  return {
    get logDriver() {
      return now()["log-driver"];
    },
    get logOptions() {
      return now()["log-opts"];
    },
    get ulimits() {
      const entries = Object.entries(now()["default-ulimits"] ?? {});
      return entries.map(([name, { Soft, Hard }]) => ({ name, soft: Soft, hard: Hard }));
    },
    get shmSize() {
      return parseSize(String(now()["default-shm-size"] ?? ""));
    },
    get ipcMode() {
      return now()["default-ipc-mode"] || undefined;
    },
    get cgroupnsMode() {
      return now()["default-cgroupns-mode"] || undefined;
    },
    get init() {
      return now().init;
    },
    get noNewPrivileges() {
      return now()["no-new-privileges"];
    },
    seccomp: seccomp === "unconfined" ? "unconfined" : typeof seccomp === "object" ? seccomp : undefined,
    get hostGateways() {
      const { "host-gateway-ip": one, "host-gateway-ips": all } = now();
      return all ?? (one === undefined ? undefined : [one]);
    },
    get runtimes() {
      return Object.keys(now().runtimes ?? {});
    },
  };
}

/** What containers are given in place of the machine's own resolvers. */
export function resolverOverrides(daemon: DaemonJson): Partial<ResolverSettings> {
  const { dns, "dns-search": search, "dns-opts": options } = daemon;
  return {
    ...(dns === undefined || dns.length === 0 ? {} : { servers: dns }),
    ...(search === undefined ? {} : { search }),
    ...(options === undefined ? {} : { options }),
  };
}

/** The network `bridge`. */
export function defaultBridge(daemon: DaemonJson): DefaultBridge {
  const options = {
    ...(daemon.icc === undefined ? {} : { "com.docker.network.bridge.enable_icc": String(daemon.icc) }),
    ...(daemon["ip-masq"] === undefined
      ? {}
      : { "com.docker.network.bridge.enable_ip_masquerade": String(daemon["ip-masq"]) }),
    ...(daemon.mtu ? { "com.docker.network.driver.mtu": String(daemon.mtu) } : {}),
  };
  return {
    none: daemon.bridge === "none",
    address: daemon.bip,
    address6: daemon.bip6,
    range: daemon["fixed-cidr"],
    range6: daemon["fixed-cidr-v6"],
    gateway: daemon["default-gateway"],
    gateway6: daemon["default-gateway-v6"],
    enableIPv6: daemon.ipv6 === true,
    hostBinding: daemon.ip,
    options,
  };
}

/** Bytes and milliseconds of `builder.gc`; undefined: Drydock's own. */
export function buildCacheLimits({ builder }: DaemonJson): { bytes: number; unusedForMs: number } | undefined {
  const gc = builder?.gc;
  if (gc === undefined) return undefined;
  if (gc.enabled === false) return { bytes: Number.POSITIVE_INFINITY, unusedForMs: Number.POSITIVE_INFINITY };
  const sizes = [
    gc.defaultMaxUsedSpace ?? gc.defaultReservedSpace ?? gc.defaultKeepStorage,
    ...(gc.policy ?? []).map((rule) => rule.maxUsedSpace ?? rule.reservedSpace ?? rule.keepStorage),
  ].flatMap((size) => (size === undefined ? [] : (parseSize(String(size)) ?? [])));
  const filters = (gc.policy ?? []).flatMap(({ filter = [] }) => (typeof filter === "string" ? [filter] : filter));
  const ages = filters.flatMap((filter) => hours(/^(?:unused-for|until)=?=(.*)$/.exec(filter)?.[1]) ?? []);
  return {
    bytes: sizes.length === 0 ? 20 * 1024 ** 3 : Math.max(...sizes),
    unusedForMs: ages.length === 0 ? 30 * 86_400_000 : Math.max(...ages),
  };
}

/** Go's duration, as far as it is used for ages: `48h`, `90m`. Milliseconds. */
function hours(text: string | undefined): number | undefined {
  const match = /^(\d+)(h|m|s)$/.exec(text ?? "");
  const unit = { h: 3_600_000, m: 60_000, s: 1_000 }[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
