import type { Policy } from "../tenants/policy.ts";
import type { ContainerDefaults } from "./container-parts.ts";
import type { HostOptions } from "./container.ts";

/**
 * What the operator set for containers that say nothing of it. What a tenant may not ask for, it does not get by default
 * either.
 */
export function withDefaults(host: HostOptions, defaults: ContainerDefaults, policy: Policy): HostOptions {
  const cgroupnsMode =
    defaults.cgroupnsMode === "host" && (!policy.hostNamespaces || host.privileged) ? undefined : defaults.cgroupnsMode;
  return {
    ...withLogDefaults(host, defaults),
    shmSize: host.shmSize === 0 ? (defaults.shmSize ?? 0) : host.shmSize,
    ipcMode: host.ipcMode === "" ? (defaults.ipcMode ?? "") : host.ipcMode,
    cgroupnsMode: host.cgroupnsMode === "" ? (cgroupnsMode ?? "") : host.cgroupnsMode,
    init: host.shown?.init === null ? (defaults.init ?? false) : host.init,
  };
}

/** Where the client names no driver of logs, the operator's with its options; the client's own options win. */
function withLogDefaults(host: HostOptions, defaults: ContainerDefaults): HostOptions {
  const { logDriver = "json-file", logOptions = {} } = defaults;
  return host.logDriver === "" || host.logDriver === logDriver
    ? {
        ...host,
        logDriver: host.logDriver || (defaults.logDriver ?? ""),
        logOptions: { ...logOptions, ...host.logOptions },
      }
    : host;
}
