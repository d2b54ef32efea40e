import { readFileSync } from "node:fs";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { messageOf } from "../../engine/errdefs/errors.ts";
import { checkLogOptions, parseSize } from "../../engine/logs/options.ts";
import { bridgeOptions } from "../../engine/network/bridge-options.ts";
import { contains, parseCidr, parseInterfaceAddress, within } from "../../engine/network/cidr.ts";
import { hostProblem, metricsProblem } from "./hosts.ts";
import { registryMirror } from "./mirrors.ts";
import type { DaemonJson } from "./schema.ts";

/** @param key of what is wrong, `default-ulimits.nofile` @param message in dockerd's words where it has some */
type Refuse = (key: string, message: string) => never;
type Check = (config: DaemonJson, refuse: Refuse) => void;

/** OCI runtimes that Drydock knows by itself. */
export const ownRuntimes = ["crun", "runc", "runsc"];

/** Finds what has the right shape and cannot be right. @param refuse called with the first thing found */
export function checkValues(config: DaemonJson, refuse: Refuse): void {
  for (const check of checks) check(config, refuse);
}

const logLevels = ["panic", "fatal", "error", "warn", "info", "debug", "trace"];

const checkLogs: Check = (config, refuse) => {
  const { "log-level": level, "log-format": format, "log-driver": driver, "log-opts": options = {} } = config;
  if (level !== undefined && !logLevels.includes(level.toLowerCase())) {
    refuse("log-level", `invalid logging level: ${level}`);
  }
  if (format !== undefined && !["text", "json"].includes(format)) {
    refuse("log-format", `invalid log format: ${format}`);
  }
  try {
    checkLogOptions(driver ?? "json-file", options);
  } catch (error) {
    const [name] = Object.keys(options).filter((option) => messageOf(error).includes(`'${option}'`));
    refuse(name === undefined ? "log-driver" : `log-opts.${name}`, messageOf(error));
  }
};

const checkNames: Check = (config, refuse) => {
  config.dns?.forEach((address, index) => {
    if (isIP(address) === 0) refuse(`dns.${index}`, `dns: invalid IP address: ${address}`);
  });
  config["dns-search"]?.forEach((domain, index) => {
    if (domain !== "." && !/^[a-z0-9](?:[\w-]*[a-z0-9])?(?:\.[a-z0-9](?:[\w-]*[a-z0-9])?)*\.?$/i.test(domain.trim())) {
      refuse(`dns-search.${index}`, `${domain} is not a valid domain`);
    }
  });
  const gateways = config["host-gateway-ips"] ?? [];
  for (const address of [config["host-gateway-ip"], ...gateways]) {
    if (address !== undefined && isIP(address) === 0) {
      refuse("host-gateway-ip", `host-gateway-ip: invalid IP address: ${address}`);
    }
  }
  if (gateways.filter(isIPv4).length > 1 || gateways.filter(isIPv6).length > 1 || gateways.length > 2) {
    refuse("host-gateway-ips", "only one IPv4 and one IPv6 host gateway IP address can be specified");
  }
};

const checkLabels: Check = ({ labels = [] }, refuse) => {
  const seen = new Map<string, string>();
  labels.forEach((label, index) => {
    const [key = "", value = ""] = label.split(/=(.*)/s);
    if (!/^[^=]+=/.test(label)) {
      refuse(`labels.${index}`, `bad attribute format: ${label}`);
    }
    const before = seen.get(key);
    if (before !== undefined && before !== value) {
      refuse(`labels.${index}`, `conflict labels for ${key}=${value} and ${key}=${before}`);
    }
    seen.set(key, value);
  });
};

const counts = [
  ["max-concurrent-downloads", "invalid max concurrent downloads"],
  ["max-concurrent-uploads", "invalid max concurrent uploads"],
  ["max-download-attempts", "invalid max download attempts"],
  ["mtu", "invalid default MTU"],
] as const;

const checkNumbers: Check = (config, refuse) => {
  for (const [key, message] of counts) {
    const value = config[key];
    if (value !== undefined && value < 0) refuse(key, `${message}: ${value}`);
  }
  const { mtu = 0, "default-shm-size": shm } = config;
  if (mtu !== 0 && (mtu < 68 || mtu > 65_535)) {
    refuse("mtu", `invalid default MTU: ${mtu}: it must be from 68 to 65535 bytes`);
  }
  if (shm !== undefined && (parseSize(String(shm)) ?? 0) <= 0) {
    refuse("default-shm-size", `invalid size: '${shm}'`);
  }
  for (const [name, { Soft, Hard }] of Object.entries(config["default-ulimits"] ?? {})) {
    if (Hard !== -1 && (Soft > Hard || Soft === -1)) {
      refuse(
        `default-ulimits.${name}`,
        `ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`,
      );
    }
  }
};

const checkModes: Check = (config, refuse) => {
  const { "default-ipc-mode": ipc, "default-cgroupns-mode": cgroup, "storage-driver": storage } = config;
  if (ipc !== undefined && !["", "private", "shareable"].includes(ipc)) {
    const known = ["none", "host"].includes(ipc) || ipc.startsWith("container:");
    const words = known
      ? `IPC mode "${ipc}" is not supported as default value`
      : `default IPC mode setting (${ipc}) is invalid`;
    refuse("default-ipc-mode", `${words}; use "shareable" or "private"`);
  }
  if (cgroup !== undefined && !["", "private", "host"].includes(cgroup)) {
    refuse("default-cgroupns-mode", `default cgroup namespace mode (${cgroup}) is invalid; use "host" or "private"`);
  }
  if (storage !== undefined && !["", "overlay2", "vfs"].includes(storage)) {
    refuse("storage-driver", `storage-driver: there are overlay2 and vfs here, no ${storage}`);
  }
  config["exec-opts"]?.forEach((option, index) => {
    const [key = "", value = ""] = option.split(/=(.*)/s).map((part) => part.trim());
    if (key === "" || value === "") {
      refuse(`exec-opts.${index}`, `invalid exec-opt (${option}): must be formatted 'opt=value'`);
    }
    if (key.toLowerCase() !== "native.cgroupdriver") {
      refuse(`exec-opts.${index}`, `invalid exec-opt (${option}): unknown option: '${key.toLowerCase()}'`);
    }
    if (value !== "cgroupfs") {
      refuse(`exec-opts.${index}`, `invalid exec-opt (${option}): control groups are made by cgroupfs here`);
    }
  });
};

const checkAlwaysOn: Check = (config, refuse) => {
  if (config["live-restore"] === false) {
    refuse("live-restore", "live-restore cannot be false: containers outlive drydockd here, always; leave it out");
  }
  for (const key of ["iptables", "ip6tables"] as const) {
    if (config[key] === false) {
      refuse(
        key,
        `${key} cannot be false: the firewall's rules (nftables, a table of our own) keep tenants apart and lead published ports; leave it out`,
      );
    }
  }
  const { "data-root": root, "seccomp-profile": seccomp, "init-path": init } = config;
  if (root !== undefined && !root.startsWith("/")) {
    refuse("data-root", `data-root: "${root}" is not an absolute path`);
  }
  if (seccomp !== undefined && !["", "builtin", "unconfined"].includes(seccomp)) {
    try {
      JSON.parse(readFileSync(seccomp, "utf8"));
    } catch (error) {
      refuse("seccomp-profile", `opening seccomp profile (${seccomp}) failed: ${messageOf(error)}`);
    }
  }
  if (init !== undefined && !init.startsWith("/")) {
    refuse("init-path", `init-path: "${init}" is not an absolute path`);
  }
};

const checkRegistries: Check = (config, refuse) => {
  config["registry-mirrors"]?.forEach((mirror, index) => {
    try {
      registryMirror(mirror);
    } catch (error) {
      refuse(`registry-mirrors.${index}`, messageOf(error));
    }
  });
  config["insecure-registries"]?.forEach((name, index) => {
    const key = `insecure-registries.${index}`;
    if (/^https?:\/\//i.test(name)) refuse(key, `insecure registry ${name} should not contain '://'`);
    if (/^-|-$/.test(name)) refuse(key, `invalid index name (${name}). Cannot begin or end with a hyphen`);
    if (!/^(?:[\w.-]+|\[[0-9a-f:.]+\]|[0-9a-f:.]+)(?::\d+)?(?:\/\d+)?$/i.test(name)) {
      refuse(key, `insecure registry ${name} is not valid: invalid host "${name}"`);
    }
  });
};

const checkRuntimes: Check = ({ runtimes = {}, "default-runtime": chosen }, refuse) => {
  for (const [name, { path = "", runtimeType = "", options = {} }] of Object.entries(runtimes)) {
    const key = `runtimes.${name}`;
    if (ownRuntimes.includes(name)) refuse(key, `runtime name '${name}' is reserved`);
    if (!/^[\w.-]{1,64}$/.test(name))
      refuse(key, `runtime name '${name}' is invalid: letters, digits, ".", "_" and "-"`);
    if (runtimeType !== "") {
      refuse(
        key,
        `runtime ${name}: a runtimeType is a shim of containerd's, which there is none of here: give the path of an OCI runtime`,
      );
    }
    if (path === "") refuse(key, `runtime ${name}: either a runtimeType or a path must be configured`);
    if (Object.keys(options).length > 0) refuse(key, `runtime ${name}: options cannot be used with a path runtime`);
  }
  if (chosen !== undefined && chosen !== "" && !ownRuntimes.includes(chosen) && !Object.hasOwn(runtimes, chosen)) {
    refuse("default-runtime", `specified default runtime '${chosen}' does not exist`);
  }
};

const checkPools: Check = (config, refuse) => {
  config["default-address-pools"]?.forEach(({ base, size }, index) => {
    const block = parseCidr(base);
    if (block === undefined || size < block.prefixLength || size > (block.family === 4 ? 30 : 126)) {
      refuse(`default-address-pools.${index}`, `default-address-pools: invalid pool ${base} with blocks of /${size}`);
    }
  });
  for (const [driver, options] of Object.entries(config["default-network-opts"] ?? {})) {
    try {
      if (driver === "bridge") bridgeOptions(options);
    } catch (error) {
      refuse(`default-network-opts.${driver}`, `default-network-opts: ${messageOf(error)}`);
    }
  }
};

/** The network `bridge` of the operator. */
const checkBridge: Check = (config, refuse) => {
  const { bridge, bip, bip6, ip, "fixed-cidr": fixed, "fixed-cidr-v6": fixed6 } = config;
  if (bridge !== undefined && bridge !== "" && bridge !== "none") {
    refuse(
      "bridge",
      `bridge: a device of another's making (${bridge}) cannot be taken over; "none" makes no default bridge`,
    );
  }
  if (bridge === "none" && bip !== undefined) {
    refuse("bip", "You specified -b & --bip, mutually exclusive options. Please specify only one");
  }
  for (const [key, text, family] of [["bip", bip, 4] as const, ["bip6", bip6, 6] as const]) {
    if (text !== undefined && parseInterfaceAddress(text)?.family !== family) {
      refuse(key, `failed to parse ${key}: invalid CIDR address: ${text}`);
    }
  }
  if (fixed !== undefined && parseCidr(fixed)?.family !== 4) refuse("fixed-cidr", `invalid CIDR address: ${fixed}`);
  if (fixed6 !== undefined && parseCidr(fixed6)?.family !== 6) {
    refuse("fixed-cidr-v6", `invalid fixed-cidr-v6: invalid CIDR address: ${fixed6}`);
  }
  const subnet = parseCidr(bip ?? "") ?? parseCidr(fixed ?? "");
  const range = parseCidr(fixed ?? "");
  if (subnet !== undefined && range !== undefined && !within(range, subnet)) {
    refuse("fixed-cidr", `fixed-cidr ${fixed ?? ""} is not within the network of bip ${bip ?? ""}`);
  }
  for (const [key, family] of [["default-gateway", 4] as const, ["default-gateway-v6", 6] as const]) {
    const address = config[key];
    if (address !== undefined && isIP(address) !== family) {
      refuse(key, `${key}: invalid IPv${family} address: ${address}`);
    }
  }
  const gateway = config["default-gateway"];
  const value = gateway === undefined ? undefined : parseCidr(`${gateway}/32`)?.base;
  if (subnet !== undefined && value !== undefined && !contains(subnet, value)) {
    refuse("default-gateway", `default-gateway ${gateway ?? ""} is not in the network of bip or fixed-cidr`);
  }
  if (ip !== undefined && isIP(ip) === 0) refuse("ip", `ip: invalid IP address: ${ip}`);
};

const checkHosts: Check = (config, refuse) => {
  config.hosts?.forEach((host, index) => {
    const problem = hostProblem(host, config);
    if (problem !== undefined) refuse(`hosts.${index}`, problem);
  });
  const metrics = config["metrics-addr"];
  const problem = metrics === undefined ? undefined : metricsProblem(metrics);
  if (problem !== undefined) refuse("metrics-addr", problem);
};

const checks: readonly Check[] = [
  checkLogs,
  checkNames,
  checkLabels,
  checkNumbers,
  checkModes,
  checkHosts,
  checkRegistries,
  checkRuntimes,
  checkPools,
  checkBridge,
  checkAlwaysOn,
];
