import { z } from "zod";

/**
 * Request bodies as clients send them. Go clients send `null` for what is empty, so everything may be null;
 * what the engine does not read is in `unsupported/fields.ts`.
 */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const set = z
  .record(z.string(), z.object({}).nullish())
  .nullish()
  .transform((value) => Object.keys(value ?? {}));
/** Go's StrSlice: one string or several. */
const words = z
  .union([z.string(), z.array(z.string())])
  .nullish()
  .transform((value) => (value === null || value === undefined ? [] : typeof value === "string" ? [value] : value));

export const healthSchema = z
  .object({
    Test: z.array(z.string()).nullish(),
    Interval: z.number().nullish(),
    Timeout: z.number().nullish(),
    StartPeriod: z.number().nullish(),
    StartInterval: z.number().nullish(),
    Retries: z.number().nullish(),
  })
  .nullish();

/** Engine API, ContainerConfig. */
export const containerConfigSchema = z.object({
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: set,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: words,
  ArgsEscaped: flag,
  Healthcheck: healthSchema,
  Image: text,
  Volumes: set,
  WorkingDir: text,
  Entrypoint: words,
  NetworkDisabled: flag,
  MacAddress: text,
  Labels: textMap,
  StopSignal: text,
  StopTimeout: z.number().nullish(),
  Shell: texts,
  OnBuild: texts,
});

/** Engine API, EndpointSettings, as far as a client sets it. */
export const endpointSchema = z.object({
  IPAMConfig: z.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts }).nullish(),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: z.record(z.string(), z.string()).nullish(),
  GwPriority: z.int().nullish(),
});

function listOf<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}

const throttleDevices = listOf(z.object({ Path: text, Rate: count }));

const ulimit = z.object({ Name: text, Soft: count, Hard: count });

const mountSchema = z.object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: z
    .object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
    })
    .nullish(),
  VolumeOptions: z
    .object({
      NoCopy: flag,
      Labels: textMap,
      Subpath: text,
      DriverConfig: z.object({ Name: text, Options: textMap }).nullish(),
    })
    .nullish(),
  TmpfsOptions: z.object({ SizeBytes: count, Mode: count, Options: listOf(z.array(z.string())) }).nullish(),
  ImageOptions: z.object({ Subpath: text }).nullish(),
});

export const restartPolicySchema = z.object({ Name: text, MaximumRetryCount: count }).nullish();

/** Engine API, Resources. */
export const resourceFields = {
  Memory: count,
  MemoryReservation: count,
  MemorySwap: count,
  MemorySwappiness: z.number().nullish(),
  OomKillDisable: flag,
  NanoCpus: count,
  CpuShares: count,
  CpuPeriod: count,
  CpuQuota: count,
  CpusetCpus: text,
  CpusetMems: text,
  PidsLimit: z.number().nullish(),
  BlkioWeight: count,
  BlkioWeightDevice: listOf(z.object({ Path: text, Weight: count })),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuRealtimePeriod: count,
  CpuRealtimeRuntime: count,
  KernelMemory: count,
  KernelMemoryTCP: count,
  CpuCount: count,
  CpuPercent: count,
  Ulimits: listOf(ulimit),
};

/** Adds the names of members that are empty lists or objects, not null: inspect shows the difference. */
function noteEmpty(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const isEmpty = (member: unknown) =>
    typeof member === "object" && member !== null && Object.keys(member).length === 0;
  const $empty = Object.entries(value)
    .filter(([, member]) => isEmpty(member))
    .map(([name]) => name);
  return { ...value, $empty, $given: Object.keys(value) };
}

/** Engine API, HostConfig. */
const hostConfigObject = z.object({
  $empty: texts,
  ...resourceFields,
  Binds: texts,
  LogConfig: z.object({ Type: text, Config: textMap }).nullish(),
  NetworkMode: text,
  PortBindings: z
    .record(z.string(), z.array(z.object({ HostIp: text, HostPort: text })).nullable())
    .nullish()
    .transform((value) => value ?? {}),
  RestartPolicy: restartPolicySchema,
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  Mounts: listOf(mountSchema),
  Annotations: textMap,
  CapAdd: words,
  CapDrop: words,
  CgroupnsMode: text,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Cgroup: text,
  Links: texts,
  OomScoreAdj: count,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  Tmpfs: textMap,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: count,
  Sysctls: textMap,
  Runtime: text,
  CgroupParent: text,
  Devices: listOf(z.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
  DeviceCgroupRules: texts,
  DeviceRequests: listOf(
    z.object({
      Driver: text,
      Count: count,
      DeviceIDs: texts,
      Capabilities: listOf(z.array(z.string())),
      Options: textMap,
    }),
  ),
  StorageOpt: textMap,
  ConsoleSize: z.tuple([z.number().int().min(0), z.number().int().min(0)]).nullish(),
  ContainerIDFile: text,
  Isolation: text,
  IOMaximumIOps: count,
  IOMaximumBandwidth: count,
  MaskedPaths: z.array(z.string()).nullish(),
  ReadonlyPaths: z.array(z.string()).nullish(),
  Init: z.boolean().nullish(),
});

export const hostConfigSchema = z.preprocess(noteEmpty, hostConfigObject);

/** Adds what of HostConfig stands at the top, as it came: see host-config-at-top.ts. */
function noteTop(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const isOfHost = (name: string) => hostFields.has(name.toLowerCase());
  return { ...value, $top: Object.fromEntries(Object.entries(value).filter(([name]) => isOfHost(name))) };
}

const hostFields = new Set(Object.keys(hostConfigObject.shape).map((name) => name.toLowerCase()));

const createContainerObject = containerConfigSchema.extend({
  $empty: texts,
  $given: texts,
  $top: z.record(z.string(), z.unknown()),
  Runtime: text,
  Cpuset: text,
  HostConfig: hostConfigSchema.nullish(),
  NetworkingConfig: z.object({ EndpointsConfig: z.record(z.string(), endpointSchema.nullish()).nullish() }).nullish(),
});

export const createContainerSchema = z.preprocess((body) => noteTop(noteEmpty(body)), createContainerObject);

export const updateContainerSchema = z.object({ ...resourceFields, RestartPolicy: restartPolicySchema });

export type ContainerConfigBody = z.output<typeof containerConfigSchema>;
export type HostConfigBody = z.output<typeof hostConfigSchema>;
export type EndpointBody = z.output<typeof endpointSchema>;
export type CreateContainerBody = z.output<typeof createContainerSchema>;
export type UpdateContainerBody = z.output<typeof updateContainerSchema>;
export type MountBody = z.output<typeof mountSchema>;
