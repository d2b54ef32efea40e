import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errdefs/errors.ts";
import type { HealthConfig } from "../oci/types.ts";
import type { ContainerEntry } from "./container-entry.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { Container, HealthState } from "./container.ts";
import { runProbe } from "./health-probe.ts";

/** Milliseconds, and tries (Dockerfile reference, HEALTHCHECK). */
const defaults = { interval: 30_000, timeout: 30_000, startInterval: 5_000, retries: 3 };
/** A learner's check must not be a busy loop; what is longer than a timer can be, 24 days, would be one. Milliseconds. */
const shortestInterval = 100;
const longestInterval = 2 ** 31 - 1;
const keptResults = 5;

/** A container's health check as a command and times in ms; undefined if it has none. */
export interface HealthCheck {
  command: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

export function healthCheckOf(container: Container): HealthCheck | undefined {
  const config = container.config.healthcheck;
  const [kind, ...rest] = config?.Test ?? [];
  if (config === undefined || (kind !== "CMD" && kind !== "CMD-SHELL")) {
    return undefined;
  }
  const shell = container.config.shell ?? ["/bin/sh", "-c"];
  return {
    command: kind === "CMD-SHELL" ? [...shell, rest.join(" ")] : rest,
    interval: milliseconds(config.Interval, defaults.interval),
    timeout: milliseconds(config.Timeout, defaults.timeout, 1),
    startPeriod: (config.StartPeriod ?? 0) / 1e6,
    startInterval: milliseconds(config.StartInterval, defaults.startInterval),
    retries: config.Retries === undefined || config.Retries <= 0 ? defaults.retries : config.Retries,
  };
}

/** Runs health checks while containers run, and tells of each change of health. */
export class HealthMonitor {
  readonly #parts: ContainerParts;
  /** when a run began, by the monotonic clock */
  readonly #bases = new WeakMap<ContainerEntry, { startedAt: number; zero: number }>();

  constructor(parts: ContainerParts) {
    this.#parts = parts;
  }

  /** For a run that has begun, or was taken up again; ends with it. */
  start(entry: ContainerEntry): void {
    const check = healthCheckOf(entry.record);
    if (check === undefined) {
      return;
    }
    const controller = new AbortController();
    entry.healthChecks?.abort();
    entry.healthChecks = controller;
    // As dockerd: what was found in earlier runs stays to be seen.
    const { log = [] } = entry.record.health ?? {};
    this.#parts.table.update(entry, { health: { status: "starting", failingStreak: 0, log } });
    void this.#watch(entry, check, controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) {
        this.#parts.report(`health checks of container ${entry.record.id}`, error);
      }
    });
  }

  async #watch(entry: ContainerEntry, check: HealthCheck, signal: AbortSignal): Promise<void> {
    for (;;) {
      const early = entry.record.health?.status === "starting" && this.#age(entry) < check.startPeriod;
      await delay(early ? Math.min(check.startInterval, check.interval) : check.interval, undefined, {
        signal,
        ref: false,
      });
      if (entry.record.status !== "running" || entry.run === undefined) {
        continue; // paused
      }
      const start = Date.now();
      const result = await this.#probe(entry, check, signal);
      if (signal.aborted) {
        return;
      }
      this.#note(entry, check, { start, end: Date.now(), ...result });
    }
  }

  async #probe(
    entry: ContainerEntry,
    check: HealthCheck,
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }> {
    try {
      return await runProbe(this.#parts, entry, check, signal);
    } catch (error) {
      return { exitCode: -1, output: messageOf(error) };
    }
  }

  #note(entry: ContainerEntry, check: HealthCheck, result: HealthState["log"][number]): void {
    const before = entry.record.health ?? { status: "starting", failingStreak: 0, log: [] };
    const log = [...before.log, result].slice(-keptResults);
    const next = nextHealth(before, check, result.exitCode === 0, this.#age(entry));
    this.#parts.table.note(entry, { health: { ...next, log } });
    if (next.status !== before.status) {
      publishContainerEvent(this.#parts.events, entry.record, `health_status: ${next.status}`);
    }
  }

  /** ms since the start of the run: also when the clock was set meanwhile, but where drydockd was not there then */
  #age(entry: ContainerEntry): number {
    const { startedAt = 0 } = entry.record;
    let base = this.#bases.get(entry);
    if (base?.startedAt !== startedAt) {
      base = { startedAt, zero: performance.now() - Math.max(0, Date.now() - startedAt) };
      this.#bases.set(entry, base);
    }
    return performance.now() - base.zero;
  }
}

/** Of a container that is paused or has ended: nobody looks, so it counts as ill (moby, container/health.go). */
export function unwatched({ health }: Pick<Container, "health">): Pick<Container, "health"> | undefined {
  return health === undefined ? undefined : { health: { ...health, status: "unhealthy" } };
}

/** Failures during the start period do not count; the first success ends it. */
export function nextHealth(
  before: Pick<HealthState, "status" | "failingStreak">,
  check: Pick<HealthCheck, "retries" | "startPeriod">,
  success: boolean,
  age: number,
): Pick<HealthState, "status" | "failingStreak"> {
  if (success) {
    return { status: "healthy", failingStreak: 0 };
  }
  if (before.status === "starting" && age < check.startPeriod) {
    return { status: "starting", failingStreak: before.failingStreak };
  }
  const failingStreak = before.failingStreak + 1;
  return { status: failingStreak >= check.retries ? "unhealthy" : before.status, failingStreak };
}

function milliseconds(nanoseconds: HealthConfig["Interval"], otherwise: number, least = shortestInterval): number {
  return nanoseconds === undefined || nanoseconds <= 0
    ? otherwise
    : Math.min(longestInterval, Math.max(least, Math.round(nanoseconds / 1_000_000)));
}
