import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import type { ContainerDefaults } from "../engine/containers/container-parts.ts";
import { InvalidArgument, messageOf } from "../engine/errdefs/errors.ts";
import { checkLogOptions } from "../engine/logs/options.ts";
import { parseCidr } from "../engine/network/cidr.ts";

const strings = z.array(z.string());
const pool = z.strictObject({ base: z.string(), size: z.int() });

/**
 * What of Docker's daemon.json applies here, under its names (dockerd(8), Daemon configuration file). Containers outlive
 * `drydockd` whatever `live-restore` says.
 */
const schema = z.object({
  hosts: strings.optional(),
  group: z.string().optional(),
  tls: z.boolean().optional(),
  tlsverify: z.boolean().optional(),
  tlscacert: z.string().optional(),
  tlscert: z.string().optional(),
  tlskey: z.string().optional(),
  "default-ulimits": z
    .record(z.string(), z.strictObject({ Name: z.string().optional(), Hard: z.int(), Soft: z.int() }))
    .optional(),
  "log-driver": z.enum(["json-file", "local", "none"]).optional(),
  "log-opts": z.record(z.string(), z.string()).optional(),
  "data-root": z.string().startsWith("/").optional(),
  "default-address-pools": z.array(pool).optional(),
  "default-runtime": z.enum(["crun", "runc", "runsc"]).optional(),
  dns: strings.optional(),
  "dns-search": strings.optional(),
  "dns-opts": strings.optional(),
  "insecure-registries": strings.optional(),
  labels: z.array(z.string().regex(/^[^=]+=/, "expected key=value")).optional(),
  debug: z.boolean().optional(),
  "live-restore": z.boolean().optional(),
});

export type DaemonJson = z.output<typeof schema>;

/** Documented by Docker and without effect here: told, never silently passed over. */
const notHere = new Set([
  ..."allow-nondistributable-artifacts api-cors-header authorization-plugins bip bridge builder cgroup-parent".split(
    " ",
  ),
  ..."containerd containerd-namespace containerd-plugin-namespace cluster-advertise cluster-store".split(" "),
  ..."default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode default-network-opts".split(" "),
  ..."default-shm-size exec-opts exec-root experimental features fixed-cidr fixed-cidr-v6".split(" "),
  ..."host-gateway-ip http-proxy https-proxy icc init init-path ip ip-forward ip-masq ip6tables iptables ipv6".split(
    " ",
  ),
  ..."log-format log-level max-concurrent-downloads max-concurrent-uploads".split(" "),
  ..."max-download-attempts metrics-addr mtu no-new-privileges no-proxy node-generic-resources oom-score-adjust".split(
    " ",
  ),
  ..."pidfile proxies raw-logs registry-mirrors runtimes seccomp-profile selinux-enabled shutdown-timeout".split(" "),
  ..."storage-driver storage-opts swarm-default-advertise-addr userland-proxy userland-proxy-path".split(" "),
  ..."userns-remap validate".split(" "),
]);

/** What a running `drydockd` takes over on SIGHUP; the rest waits for its next start. */
export const reloadable = ["dns", "dns-search", "dns-opts", "insecure-registries", "debug"] as const;

/** For containers to be. */
export function containerDefaults(daemon: DaemonJson): ContainerDefaults {
  const { "log-driver": logDriver, "log-opts": logOptions, "default-ulimits": ulimits = {} } = daemon;
  return {
    ...(logDriver === undefined ? {} : { logDriver }),
    ...(logOptions === undefined ? {} : { logOptions }),
    ulimits: Object.entries(ulimits).map(([name, { Soft, Hard }]) => ({ name, soft: Soft, hard: Hard })),
  };
}

/**
 * Reads and checks the file; one that is not there says nothing.
 * @param required it was named: it has to be there
 * @throws InvalidArgument, in dockerd's words for keys that there are not
 */
export function readDaemonJson(path: string, required: boolean): DaemonJson {
  if (!required && !existsSync(path)) {
    return {};
  }
  try {
    return parseDaemonJson(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InvalidArgument(`unable to configure the Docker daemon with file ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** @throws InvalidArgument */
export function parseDaemonJson(text: string): DaemonJson {
  if (text.trim() === "") {
    return {};
  }
  const value = JSON.parse(text) as unknown;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidArgument("expected a JSON object");
  }
  const keys = Object.keys(value).filter((key) => !Object.hasOwn(schema.shape, key));
  const unknown = keys.filter((key) => !notHere.has(key));
  if (unknown.length > 0) {
    throw new InvalidArgument(
      `the following directives don't match any configuration option: ${unknown.toSorted().join(", ")}`,
    );
  }
  if (keys.length > 0) {
    throw new InvalidArgument(`${keys.toSorted().join(", ")}: not supported by Drydock; leave it out`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidArgument(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it has another shape"}`);
  }
  checkValues(parsed.data);
  return parsed.data;
}

function checkValues(config: DaemonJson): void {
  checkLogOptions(config["log-driver"] ?? "json-file", config["log-opts"] ?? {});
  const server = config.dns?.find((address) => isIP(address) === 0);
  if (server !== undefined) {
    throw new InvalidArgument(`dns: invalid IP address: ${server}`);
  }
  for (const { base, size } of config["default-address-pools"] ?? []) {
    const block = parseCidr(base);
    if (block === undefined || size < block.prefixLength || size > (block.family === 4 ? 30 : 126)) {
      throw new InvalidArgument(`default-address-pools: invalid pool ${base} with blocks of /${size}`);
    }
  }
  for (const host of config.hosts ?? []) {
    checkHost(host, config);
  }
}

/** `unix:///path` and `tcp://address:port`; what is open to the network has mutual TLS. */
function checkHost(host: string, config: DaemonJson): void {
  if (/^unix:\/\/\/./.test(host)) {
    return;
  }
  const { address } = tcpAddress(host);
  if (config.tlsverify !== true && !/^(?:127\.|::1$|localhost$)/.test(address)) {
    throw new InvalidArgument(
      `hosts: ${host} would give this machine to everybody who reaches it: set tlsverify with tlscacert, tlscert and tlskey (./drydock tls makes them), or listen on 127.0.0.1`,
    );
  }
  const missing = (["tlscacert", "tlscert", "tlskey"] as const).find((key) => config[key] === undefined);
  if (config.tlsverify === true && missing !== undefined) {
    throw new InvalidArgument(`tlsverify needs ${missing}`);
  }
}

/** @throws InvalidArgument */
export function tcpAddress(host: string): { address: string; port: number } {
  const match = /^tcp:\/\/(?:\[([0-9a-f:.]+)\]|([^:/[\]]+)):(\d{1,5})$/i.exec(host);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new InvalidArgument(`hosts: invalid host ${host}: expected unix:///path or tcp://address:port`);
  }
  return { address: match[1] ?? match[2] ?? "", port };
}
