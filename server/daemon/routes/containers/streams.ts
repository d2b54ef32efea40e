import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "../../../engine/containers/container.ts";
import type { LogOptions, LogRecord } from "../../../engine/containers/container-service.ts";
import { InvalidArgument, NotImplemented } from "../../../engine/errdefs/errors.ts";
import { logAttributes } from "../../../engine/logs/attributes.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../../http/api-version.ts";
import { bridge } from "../../http/attach.ts";
import { DetachKeys } from "../../http/detach-keys.ts";
import { frame } from "../../http/frames.ts";
import { bytes, empty, json, lines, type RawStream, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { statsJson } from "../../translate/stats.ts";
import { isoTimeNano, parseTimestamp } from "../../translate/time.ts";

type Needs = Pick<TenantEngine, "containers" | "streams">;

/** Content types of raw streams (Engine API, ContainerAttach). */
export function rawContentType(version: ApiVersion, tty: boolean): string {
  return !tty && atLeast(version, "1.42")
    ? "application/vnd.docker.multiplexed-stream"
    : "application/vnd.docker.raw-stream";
}

/** attach, logs, stats, top, resize. */
export function containerStreamRoutes(engine: Needs): Route[] {
  return [
    route("POST", "/containers/{id}/attach", (call) => attach(call, engine, "hijack")),
    route("GET", "/containers/{id}/attach/ws", (call) => attach(call, engine, "websocket")),
    route("GET", "/containers/{id}/logs", (call) => logs(call, engine)),
    route("GET", "/containers/{id}/stats", (call) => stats(call, engine)),
    route("GET", "/containers/{id}/top", async ({ params, query }) => {
      const { titles, processes } = await engine.streams.top(params["id"] ?? "", query.string("ps_args") ?? "-ef");
      return json({ Titles: titles, Processes: processes });
    }),
    route("POST", "/containers/{id}/resize", async ({ params, query }) => {
      const { columns, rows } = terminalSize(query);
      await engine.streams.resize(params["id"] ?? "", columns, rows);
      return empty(200);
    }),
  ];
}

/** `h` and `w`. @throws InvalidArgument */
export function terminalSize(query: Call["query"]): { columns: number; rows: number } {
  const rows = query.int("h") ?? Number.NaN;
  const columns = query.int("w") ?? Number.NaN;
  if (!(rows >= 0 && rows <= 65_535 && columns >= 0 && columns <= 65_535)) {
    throw new InvalidArgument("invalid terminal size: h and w must be whole numbers up to 65535");
  }
  return { columns, rows };
}

async function attach({ params, query, signal, version }: Call, engine: Needs, kind: "hijack" | "websocket") {
  const detachKeys = new DetachKeys(query.string("detachKeys"));
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(signal.reason));
  const streams = await engine.streams.attach(params["id"] ?? "", {
    stdin: query.bool("stdin"),
    logs: query.bool("logs"),
    stream: query.bool("stream"),
    signal: stop.signal,
  });
  const run = (stream: RawStream) =>
    bridge(stream, streams, {
      stdout: query.bool("stdout"),
      stderr: query.bool("stderr"),
      multiplexed: kind === "hijack" && !streams.tty,
      detachKeys,
      stop,
    });
  return kind === "hijack"
    ? ({ kind, contentType: rawContentType(version, streams.tty), run } satisfies Reply)
    : ({ kind, run } satisfies Reply);
}

function logs({ params, query, signal, version }: Call, engine: Needs): Reply {
  const container = engine.containers.get(params["id"] ?? "");
  const options = logOptions(query, signal);
  if (container.host.logDriver === "none") {
    throw new NotImplemented("configured logging driver does not support reading");
  }
  const source = logBytes(container, engine.streams.logs(container.id, options), {
    timestamps: query.bool("timestamps"),
    details: query.bool("details"),
  });
  return bytes(source, rawContentType(version, container.config.tty));
}

function logOptions(query: Call["query"], signal: AbortSignal): LogOptions {
  const [stdout, stderr] = [query.bool("stdout"), query.bool("stderr")];
  if (!stdout && !stderr) {
    throw new InvalidArgument("Bad parameters: you must choose at least one stream");
  }
  const tail = query.string("tail") ?? "all";
  const since = query.string("since");
  const until = query.string("until");
  return {
    stdout,
    stderr,
    follow: query.bool("follow"),
    // dockerd takes anything that is no number as "all".
    ...(/^\d{1,15}$/.test(tail) ? { tail: Number(tail) } : {}),
    ...(since === undefined || since === "0" ? {} : { sinceNano: parseTimestamp(since) }),
    ...(until === undefined || until === "0" ? {} : { untilNano: parseTimestamp(until) }),
    signal,
  };
}

async function* logBytes(
  container: Container,
  records: AsyncIterable<LogRecord>,
  show: { timestamps: boolean; details: boolean },
): AsyncGenerator<Buffer> {
  const details = show.details ? Buffer.from(`${detailsText(container)} `) : Buffer.alloc(0);
  for await (const { stream, timeNano, line } of records) {
    const time = Buffer.from(show.timestamps ? `${isoTimeNano(timeNano)} ` : "");
    const text = Buffer.concat([time, details, line]);
    yield container.config.tty ? text : frame(stream, text);
  }
}

/** `a=b,c=d`, escaped as in a query, sorted. */
function detailsText(container: Container): string {
  const escape = (text: string) => encodeURIComponent(text).replaceAll("%20", "+");
  return Object.entries(logAttributes(container))
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .toSorted()
    .join(",");
}

/** One sample a second; with `stream=false` two, so that the client can compute a CPU share, or one with `one-shot`. */
function stats({ params, query, signal }: Call, engine: Needs): Reply {
  const { id } = engine.containers.get(params["id"] ?? "");
  const streaming = query.bool("stream", true);
  const produce = async (write: (line: unknown) => Promise<void>) => {
    let previous = undefined;
    for (;;) {
      const container = engine.containers.get(id);
      const sample = await engine.streams.stats(id);
      const enough = previous !== undefined || query.bool("one-shot") || sample.metrics === undefined;
      if (streaming || enough) {
        await write(statsJson(container, sample, previous));
      }
      if (!streaming && enough) {
        return;
      }
      previous = sample;
      await delay(1000, undefined, { signal });
    }
  };
  return lines(produce, { immediate: streaming });
}
