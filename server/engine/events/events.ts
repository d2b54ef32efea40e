/** One event as the Engine API streams it (Engine API, SystemEvents). */
export interface EngineEvent {
  type: "container" | "image" | "network" | "volume" | "builder" | "daemon";
  /** `create`, `start`, `die`, `exec_create: sh`, `pull`, ... : dockerd's words */
  action: string;
  /** id and attributes (`image`, `name`, `exitCode`, labels, ...) */
  actor: { id: string; attributes: Record<string, string> };
  /** ns since the epoch */
  timeNano: bigint;
}

/** One tenant's events: a bounded memory of the last 1,000, and live ones. */
export interface EventBus {
  publish(event: Omit<EngineEvent, "timeNano">): void;
  /** Past events since `sinceNano` (none if undefined), then live ones, until the signal aborts or `untilNano` passes. */
  subscribe(options: { sinceNano?: bigint; untilNano?: bigint; signal: AbortSignal }): AsyncIterable<EngineEvent>;
}
