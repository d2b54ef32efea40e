import type { UnsupportedField } from "./refuse.ts";

/** Set, and to something else than `names` (which this engine does anyway). */
const otherThan =
  (...names: string[]) =>
  (value: unknown) =>
    value !== undefined && value !== null && value !== "" && !(typeof value === "string" && names.includes(value));

const leaveOut = "leave it out";
const ipv4Only = "networks have IPv4 only, so leave it out";
const windows = "it is for Windows containers, so leave it out";
const blockDevices = "limits of single block devices are not there; use BlkioWeight (--blkio-weight), or leave it out";
const cpuRealtime = "use --cpus or --cpu-shares";
const kernelMemory = "use --memory, which counts the kernel's share too";

function beneath(prefix: string, fields: readonly UnsupportedField[]): UnsupportedField[] {
  return fields.map((row) => ({ ...row, field: `${prefix}.${row.field}` }));
}

/** Engine API, Resources: of containers/create and containers/{id}/update. */
const resources: readonly UnsupportedField[] = [
  { field: "BlkioWeightDevice", instead: blockDevices },
  { field: "BlkioDeviceReadBps", instead: blockDevices },
  { field: "BlkioDeviceWriteBps", instead: blockDevices },
  { field: "BlkioDeviceReadIOps", instead: blockDevices },
  { field: "BlkioDeviceWriteIOps", instead: blockDevices },
  { field: "CpuRealtimePeriod", instead: cpuRealtime },
  { field: "CpuRealtimeRuntime", instead: cpuRealtime },
  { field: "DeviceCgroupRules", instead: "name each device with --device" },
  { field: "KernelMemory", instead: kernelMemory },
  { field: "KernelMemoryTCP", instead: kernelMemory },
  { field: "CpuCount", instead: windows },
  { field: "CpuPercent", instead: windows },
  { field: "IOMaximumIOps", instead: windows },
  { field: "IOMaximumBandwidth", instead: windows },
];

/** Engine API, EndpointSettings. IPAddress, Gateway and the like are answers, not requests: let through, as dockerd does. */
const endpoint: readonly UnsupportedField[] = [
  { field: "IPAMConfig.IPv6Address", instead: ipv4Only },
  { field: "IPAMConfig.LinkLocalIPs", instead: "use --ip for an address of the network's subnet" },
  { field: "GlobalIPv6Address", instead: ipv4Only },
  { field: "GlobalIPv6PrefixLen", instead: ipv4Only },
  { field: "IPv6Gateway", instead: ipv4Only },
  { field: "DriverOpts", instead: leaveOut },
  { field: "GwPriority", instead: "the first network's gateway is the default one; leave it out" },
];

const mounts: readonly UnsupportedField[] = [
  {
    field: "Type",
    instead: "use a bind mount, a volume or a tmpfs",
    isSet: (value) => value === "image" || value === "cluster" || value === "npipe",
  },
  { field: "ImageOptions", instead: "copy the files out of the image (docker cp) into a volume" },
  { field: "ClusterOptions", instead: "use a volume" },
  { field: "BindOptions.NonRecursive", instead: "what is mounted beneath is always there; leave it out" },
  { field: "BindOptions.ReadOnlyNonRecursive", instead: "leave it out" },
  { field: "BindOptions.ReadOnlyForceRecursive", instead: "leave it out" },
  { field: "TmpfsOptions.Options", instead: "use --tmpfs with the options after a colon" },
];

const hostConfig: readonly UnsupportedField[] = [
  ...resources,
  ...beneath("Mounts.*", mounts),
  { field: "StorageOpt", instead: "the size of single containers cannot be limited; leave it out" },
  { field: "Cgroup", instead: "use --cgroup-parent" },
  { field: "Isolation", instead: windows, isSet: otherThan("default") },
  { field: "CredentialSpec", instead: windows },
];

/** `POST /containers/create` */
export const createContainerFields: readonly UnsupportedField[] = [
  ...beneath("HostConfig", hostConfig),
  ...beneath("NetworkingConfig.EndpointsConfig.*", endpoint),
  { field: "OnBuild", instead: "ONBUILD belongs in a Dockerfile" },
];

/** `POST /containers/{id}/update` */
export const updateContainerFields: readonly UnsupportedField[] = [
  ...resources,
  { field: "Devices", instead: "devices are chosen when a container is created" },
  { field: "DeviceRequests", instead: "devices are chosen when a container is created" },
];

/** `POST /containers/{id}/start`, query */
export const startContainerParameters: readonly UnsupportedField[] = [
  { field: "checkpoint", instead: "checkpoints cannot be made or restored; start the container without one" },
  { field: "checkpoint-dir", instead: "checkpoints cannot be made or restored; start the container without one" },
];

/** `POST /networks/create` */
export const createNetworkFields: readonly UnsupportedField[] = [
  { field: "ConfigOnly", instead: "create the network itself" },
  { field: "ConfigFrom", instead: "give the network its own configuration" },
  { field: "Ingress", instead: "it is for swarms; publish ports with -p" },
  {
    field: "Scope",
    instead: "networks are of this machine only (scope local)",
    isSet: otherThan("local"),
  },
  { field: "IPAM.Driver", instead: "the driver is called default", isSet: otherThan("default") },
  { field: "IPAM.Options", instead: leaveOut },
  { field: "IPAM.Config.*.AuxiliaryAddresses", instead: "keep addresses free with an IPRange (--ip-range)" },
  { field: "EnableIPv4", instead: ipv4Only, isSet: (value) => value === false },
];

/** `POST /networks/{id}/connect` */
export const connectNetworkFields: readonly UnsupportedField[] = beneath("EndpointConfig", endpoint);

/** `POST /volumes/create` */
export const createVolumeFields: readonly UnsupportedField[] = [
  { field: "ClusterVolumeSpec", instead: "create a volume with the driver local" },
];

/** `POST /build`, query. What caches are used does not change the result: `cachefrom` is let through. */
export const buildParametersNotRead: readonly UnsupportedField[] = [
  { field: "version", instead: "build with DOCKER_BUILDKIT=0", isSet: (value) => value === 2 },
  { field: "remote", instead: "send the context itself instead of a URL" },
  { field: "squash", instead: "build in several stages and COPY the result into the last one" },
  { field: "outputs", instead: "use docker cp or docker save to get at the result" },
  { field: "securityopt", instead: "steps have the default confinement; leave it out" },
  { field: "cgroupparent", instead: "steps run in your own control group; leave it out" },
  { field: "isolation", instead: windows, isSet: otherThan("default") },
];

/** `POST /build/prune`, query */
export const pruneBuildParameters: readonly UnsupportedField[] = [
  { field: "max-used-space", instead: "use --keep-storage" },
  { field: "min-free-space", instead: "use --keep-storage" },
];

const manifests: UnsupportedField = {
  field: "manifests",
  instead: "an image is of one platform here; leave it out",
};

/** `GET /images/json` and `GET /images/{name}/json`, query */
export const imageParameters: readonly UnsupportedField[] = [manifests];

/** `POST /images/load`, query */
export const loadImageParameters: readonly UnsupportedField[] = [
  { field: "platform", instead: "the image for this machine's platform is loaded; leave it out" },
];

/** `DELETE /images/{name}`, query */
export const removeImageParameters: readonly UnsupportedField[] = [
  { field: "platforms", instead: "an image is of one platform here; leave it out" },
];
