import { z } from "zod";
import type { Allowed, ContainerStats } from "../../contract/container-views.ts";
import type { LimitUsage } from "../../contract/extension-api.ts";
import { readNdjson } from "../client/ndjson.ts";
import type { TenantClient } from "../client/tenant-client.ts";

/** `GET /containers/{id}/stats`, what is used of it; of a container that does not run the parts are empty. */
const statsSchema = z.object({
  read: z.string(),
  pids_stats: z.object({ current: z.number().optional(), limit: z.number().optional() }),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().optional(),
    stats: z.record(z.string(), z.number()).optional(),
  }),
  blkio_stats: z.object({
    io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: z.number() })).nullable(),
  }),
  networks: z.record(z.string(), z.object({ rx_bytes: z.number(), tx_bytes: z.number() })).optional(),
});
export type DockerStats = z.infer<typeof statsSchema>;

/** `GET /containers/{id}/json`, its own limits: 0 is none. */
const limitsSchema = z.object({
  State: z.object({ Running: z.boolean() }),
  HostConfig: z.object({
    Memory: z.number(),
    NanoCpus: z.number(),
    CpuQuota: z.number(),
    CpuPeriod: z.number(),
    PidsLimit: z.number().nullish(),
  }),
});
type OwnLimits = z.infer<typeof limitsSchema>["HostConfig"];

/** A sample about once a second; ends when the container does, at once if it does not run. @throws Problem 404 */
export async function* watchStats(
  tenant: TenantClient,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<ContainerStats[]> {
  const [{ State, HostConfig }, usage] = await Promise.all([inspect(tenant, id), tenant.limits()]);
  if (!State.Running) return;
  let allowed = allowedOf(HostConfig, usage);
  let last: DockerStats | undefined;
  let samples = 0;
  for await (const [batch] of readNdjson<unknown>(await tenant.docker.stats(id, signal))) {
    const read = batch.map((sample) => statsSchema.parse(sample));
    if (read.some(({ memory_stats }) => memory_stats.usage === undefined)) return;
    // `docker update` changes them.
    if (++samples % 15 === 0) allowed = allowedOf((await inspect(tenant, id)).HostConfig, usage);
    const payload = [];
    for (const sample of read) {
      payload.push(toView(sample, last, allowed));
      last = sample;
    }
    yield payload;
  }
}

async function inspect(tenant: TenantClient, id: string): Promise<z.infer<typeof limitsSchema>> {
  return limitsSchema.parse(await tenant.quietDocker.inspectRaw(id));
}

/** The narrower of its own limit and the workspace's. */
export function allowedOf(
  own: OwnLimits,
  usage: Pick<LimitUsage, "memory" | "cpus" | "pids">,
): ContainerStats["allowed"] {
  const quota = own.CpuQuota > 0 ? own.CpuQuota / (own.CpuPeriod > 0 ? own.CpuPeriod : 100_000) : 0;
  const narrower = (mine: number, all: number | undefined): Allowed | undefined => {
    if (mine > 0 && (all === undefined || mine <= all)) return { value: mine, whose: "container" };
    return all === undefined ? undefined : { value: all, whose: "workspace" };
  };
  const cpus = narrower(own.NanoCpus > 0 ? own.NanoCpus / 1e9 : quota, usage.cpus.limit);
  const memory = narrower(own.Memory, usage.memory.limit);
  const processes = narrower(own.PidsLimit ?? 0, usage.pids.limit);
  return { ...(cpus && { cpus }), ...(memory && { memory }), ...(processes && { processes }) };
}

/** Rates are over the time since the sample before, which a slow browser may have held back. */
export function toView(
  sample: DockerStats,
  before: DockerStats | undefined,
  allowed: ContainerStats["allowed"],
): ContainerStats {
  const time = Date.parse(sample.read);
  const seconds = before === undefined ? 0 : (time - Date.parse(before.read)) / 1000;
  const cached = sample.memory_stats.stats?.["total_inactive_file"] ?? sample.memory_stats.stats?.["inactive_file"];
  const memory = Math.max(0, (sample.memory_stats.usage ?? 0) - (cached ?? 0));
  const view = { time, memory, processes: sample.pids_stats.current ?? 0, allowed };
  if (before === undefined || seconds <= 0) return view;
  const rate = (count: (of: DockerStats) => number): number => Math.max(0, (count(sample) - count(before)) / seconds);
  return {
    ...view,
    cpus: rate((of) => of.cpu_stats.cpu_usage.total_usage) / 1e9,
    network: { received: rate((of) => traffic(of, "rx_bytes")), sent: rate((of) => traffic(of, "tx_bytes")) },
    disk: { read: rate((of) => blockBytes(of, "read")), written: rate((of) => blockBytes(of, "write")) },
  };
}

function traffic({ networks }: DockerStats, direction: "rx_bytes" | "tx_bytes"): number {
  return Object.values(networks ?? {}).reduce((sum, counters) => sum + counters[direction], 0);
}

function blockBytes({ blkio_stats }: DockerStats, op: string): number {
  const rows = blkio_stats.io_service_bytes_recursive ?? [];
  return rows.filter((row) => row.op.toLowerCase() === op).reduce((sum, row) => sum + row.value, 0);
}
