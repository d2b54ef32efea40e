import { z } from "zod";

const strings = z.array(z.string());
const text = z.string();
const yes = z.boolean();
/** bytes: a number, or text with a unit (`64M`) */
const size = z.union([z.int(), z.string()]);
const addressPool = z.strictObject({ base: z.string(), size: z.int() });
const ulimit = z.strictObject({ Name: z.string().optional(), Hard: z.int(), Soft: z.int() });
const runtime = z.strictObject({
  path: z.string().optional(),
  runtimeArgs: strings.optional(),
  runtimeType: z.string().optional(),
  options: z.record(z.string(), z.unknown()).optional(),
});
const gcRule = z.strictObject({
  all: yes.optional(),
  keepStorage: size.optional(),
  reservedSpace: size.optional(),
  maxUsedSpace: size.optional(),
  minFreeSpace: size.optional(),
  filter: z.union([strings, z.string()]).optional(),
});
const builder = z.strictObject({
  gc: z
    .strictObject({
      enabled: yes.optional(),
      defaultKeepStorage: size.optional(),
      defaultReservedSpace: size.optional(),
      defaultMaxUsedSpace: size.optional(),
      defaultMinFreeSpace: size.optional(),
      policy: z.array(gcRule).optional(),
    })
    .optional(),
});

/** Every key of Docker's daemon.json that has a meaning here, under its name (dockerd(8), Daemon configuration file). */
const keys = {
  bip: text,
  bip6: text,
  bridge: text,
  builder,
  "data-root": text,
  debug: yes,
  "default-address-pools": z.array(addressPool),
  "default-cgroupns-mode": text,
  "default-gateway": text,
  "default-gateway-v6": text,
  "default-ipc-mode": text,
  "default-network-opts": z.record(z.string(), z.record(z.string(), z.string())),
  "default-runtime": text,
  "default-shm-size": size,
  "default-ulimits": z.record(z.string(), ulimit),
  dns: strings,
  "dns-opts": strings,
  "dns-search": strings,
  "exec-opts": strings,
  experimental: yes,
  features: z.record(z.string(), yes),
  "fixed-cidr": text,
  "fixed-cidr-v6": text,
  group: text,
  "host-gateway-ip": text,
  "host-gateway-ips": strings,
  hosts: strings,
  icc: yes,
  init: yes,
  "init-path": text,
  "insecure-registries": strings,
  ip: text,
  "ip-forward": yes,
  "ip-masq": yes,
  ip6tables: yes,
  iptables: yes,
  ipv6: yes,
  labels: strings,
  "live-restore": yes,
  "log-driver": text,
  "log-format": text,
  "log-level": text,
  "log-opts": z.record(z.string(), z.string()),
  "max-concurrent-downloads": z.int(),
  "max-concurrent-uploads": z.int(),
  "max-download-attempts": z.int(),
  "metrics-addr": text,
  mtu: z.int(),
  "no-new-privileges": yes,
  "registry-mirrors": strings,
  runtimes: z.record(z.string(), runtime),
  "seccomp-profile": text,
  "shutdown-timeout": z.int(),
  "storage-driver": text,
  tls: yes,
  tlscacert: text,
  tlscert: text,
  tlskey: text,
  tlsverify: yes,
  "userland-proxy": yes,
};

export const schema = z.strictObject(keys).partial();

/** The file's content; a key that is not there has Docker's default. */
export type DaemonJson = z.output<typeof schema>;

const elsewhere = "Drydock has a setting of its own for it";
const noSuch = "there is no such thing in Drydock";

/** Documented by Docker and without a meaning here: why, and what there is instead. Never silently passed over. */
export const meaningless: Readonly<Record<string, string>> = {
  "allow-nondistributable-artifacts": "all layers are pushed alike",
  "api-cors-header": "browsers talk to the playground's page, not to this API",
  "authorization-plugins": "who may do what is decided by the policy of a tenant: ./drydock tenants create --policy",
  "bridge-accept-fwmark": noSuch,
  "cdi-spec-dirs": "devices are given with --device",
  "cgroup-parent": "each tenant has a control group of its own; --cgroup-parent sets a container's",
  "cluster-advertise": "removed from Docker, too",
  "cluster-store": "removed from Docker, too",
  "cluster-store-opts": "removed from Docker, too",
  containerd: "Drydock runs its containers itself",
  "containerd-namespace": "Drydock runs its containers itself",
  "containerd-plugin-namespace": "Drydock runs its containers itself",
  "cpu-rt-period": noSuch,
  "cpu-rt-runtime": noSuch,
  "cri-containerd": "Drydock runs its containers itself",
  "default-init": "use init-path",
  "default-stop-timeout": "set it per container: docker run --stop-timeout",
  "exec-root": `${elsewhere}: --run or DRYDOCK_RUN`,
  "firewall-backend": "the rules are nftables', always",
  "http-proxy": "set HTTP_PROXY where drydockd is started",
  "https-proxy": "set HTTPS_PROXY where drydockd is started",
  "min-api-version": "all versions of the API are served",
  "network-control-plane-mtu": "there is no swarm",
  "network-diagnostic-port": noSuch,
  "no-proxy": "set NO_PROXY where drydockd is started",
  "node-generic-resources": "there is no swarm",
  "nri-opts": noSuch,
  "oom-score-adjust": "set it in the systemd unit (OOMScoreAdjust=)",
  pidfile: "systemd knows the process; without it ./drydock status does",
  proxies: "set HTTP_PROXY, HTTPS_PROXY and NO_PROXY where drydockd is started",
  "raw-logs": "log lines have no colours",
  "resolv-conf": "use dns, dns-search and dns-opts",
  rootless: "drydockd runs as root; containers do not",
  "selinux-enabled": noSuch,
  "storage-opts": "overlay2 needs none",
  "swarm-default-advertise-addr": "there is no swarm",
  "swarm-raft-election-tick": "there is no swarm",
  "swarm-raft-heartbeat-tick": "there is no swarm",
  "userland-proxy-path": "connections from the machine itself are led by the firewall: no program is needed",
  "userns-remap": "every tenant has a range of user ids of its own, always",
  validate: "it is a flag: --validate",
};
