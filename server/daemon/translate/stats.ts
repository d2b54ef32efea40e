import type { Container } from "../../engine/containers/container.ts";
import type { StatsSample } from "../../engine/containers/container-service.ts";
import type { IoCount } from "../../engine/runtime/task.ts";
import { isoTime, zeroTime } from "./time.ts";

/**
 * Engine API, ContainerStatsResponse. A container that does not run has zeros, as with dockerd.
 * @param memory bytes that it has without a limit of its own: as `docker info` says
 */
export function statsJson(
  container: Container,
  sample: StatsSample,
  previous: StatsSample | undefined,
  memory: number,
): object {
  const { metrics } = sample;
  return {
    name: `/${container.name}`,
    id: container.id,
    read: metrics === undefined ? zeroTime : isoTime(sample.readAt),
    preread: previous === undefined ? zeroTime : isoTime(previous.readAt),
    num_procs: 0,
    pids_stats:
      metrics === undefined
        ? {}
        : { current: metrics.pids.current, ...(metrics.pids.limit > 0 ? { limit: metrics.pids.limit } : {}) },
    blkio_stats: ioJson(sample),
    storage_stats: {},
    cpu_stats: cpuJson(sample),
    precpu_stats: cpuJson(previous),
    memory_stats:
      metrics === undefined
        ? {}
        : {
            usage: metrics.memory.usage,
            max_usage: metrics.memory.maxUsage,
            stats: metrics.memory.stats,
            ...(metrics.memory.failures === 0 ? {} : { failcnt: metrics.memory.failures }),
            limit: metrics.memory.limit > 0 ? Math.min(metrics.memory.limit, memory) : memory,
          },
    ...(Object.keys(sample.networks).length === 0 ? {} : { networks: networksJson(sample) }),
  };
}

function cpuJson(sample: StatsSample | undefined): object {
  const cpu = sample?.metrics?.cpu;
  return {
    cpu_usage: {
      total_usage: cpu?.totalNs ?? 0,
      ...(cpu?.perCpuNs === undefined ? {} : { percpu_usage: cpu.perCpuNs }),
      usage_in_kernelmode: cpu?.systemNs ?? 0,
      usage_in_usermode: cpu?.userNs ?? 0,
    },
    ...(sample === undefined || cpu === undefined
      ? {}
      : { system_cpu_usage: sample.systemCpuNs, online_cpus: sample.onlineCpus }),
    throttling_data: {
      periods: cpu?.periods ?? 0,
      throttled_periods: cpu?.throttledPeriods ?? 0,
      throttled_time: cpu?.throttledNs ?? 0,
    },
  };
}

/** As dockerd: with cgroup v2 it knows bytes alone, with v1 lists of all kinds, most of which kernels count no more. */
function ioJson({ metrics }: StatsSample): object {
  const { bytes = [], operations } = metrics?.io ?? {};
  const none = operations === undefined ? null : [];
  return {
    io_service_bytes_recursive: bytes.length === 0 ? none : bytes.map(ioRow),
    io_serviced_recursive: operations?.map(ioRow) ?? null,
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  };
}

const ioRow = ({ major, minor, op, value }: IoCount) => ({ major, minor, op, value });

function networksJson({ networks }: StatsSample): object {
  return Object.fromEntries(
    Object.entries(networks).map(([name, counters]) => [
      name,
      {
        rx_bytes: counters.rxBytes,
        rx_packets: counters.rxPackets,
        rx_errors: counters.rxErrors,
        rx_dropped: counters.rxDropped,
        tx_bytes: counters.txBytes,
        tx_packets: counters.txPackets,
        tx_errors: counters.txErrors,
        tx_dropped: counters.txDropped,
      },
    ]),
  );
}
