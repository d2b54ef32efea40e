import { totalmem } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "../../../engine/containers/container.ts";
import type { LogOptions } from "../../../engine/containers/container-service.ts";
import type { LogRecord } from "../../../engine/logs/log-driver.ts";
import { InvalidArgument, isEngineError, NotImplemented, Unknown } from "../../../engine/errdefs/errors.ts";
import { publishContainerEvent } from "../../../engine/containers/container-events.ts";
import { logAttributes } from "../../../engine/logs/attributes.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { type ApiVersion, atLeast } from "../../http/api-version.ts";
import { bridge } from "../../http/attach.ts";
import { DetachKeys } from "../../http/detach-keys.ts";
import { describeError } from "../../http/http-status.ts";
import { frame } from "../../http/frames.ts";
import { bytes, empty, json, lines, type RawStream, type Reply, text } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { goNumberError } from "../../translate/go-errors.ts";
import { statsJson } from "../../translate/stats.ts";
import { isoTimeNano, parseTimestamp } from "../../translate/time.ts";

type Needs = Pick<TenantEngine, "containers" | "streams" | "events" | "tenant">;

/** Content types of raw streams (Engine API, ContainerAttach). */
export function rawContentType(version: ApiVersion, tty: boolean): string {
  return !tty && atLeast(version, "1.42")
    ? "application/vnd.docker.multiplexed-stream"
    : "application/vnd.docker.raw-stream";
}

/** attach, logs, stats, top, resize. */
export function containerStreamRoutes(engine: Needs): Route[] {
  return [
    route("POST", "/containers/{id*}/attach", (call) => attachRaw(call, engine)),
    route("GET", "/containers/{id*}/attach/ws", (call) => attach(call, engine, "websocket")),
    route("GET", "/containers/{id*}/logs", (call) => logs(call, engine)),
    route("GET", "/containers/{id*}/stats", (call) => stats(call, engine)),
    route("GET", "/containers/{id*}/top", async ({ params, query }) => {
      const { titles, processes } = await engine.streams.top(params["id"] ?? "", query.string("ps_args") ?? "-ef");
      return json({ Processes: processes, Titles: titles });
    }),
    route("POST", "/containers/{id*}/resize", async ({ params, query }) => {
      const { columns, rows } = terminalSize(query);
      await engine.streams.resize(params["id"] ?? "", columns, rows);
      return empty(200);
    }),
  ];
}

/** `h` and `w`. @throws InvalidArgument */
export function terminalSize(query: Call["query"]): { columns: number; rows: number } {
  const size = (name: "h" | "w") => {
    const value = query.string(name) ?? "";
    const problem = !/^[+-]?\d{1,18}$/.test(value)
      ? "syntax"
      : Number(value) >= 0 && Number(value) <= 65_535
        ? ""
        : "range";
    if (problem !== "") {
      const why = problem === "syntax" ? "invalid syntax" : "value out of range";
      throw new InvalidArgument(`strconv.Atoi: parsing ${JSON.stringify(value)}: ${why}`);
    }
    return Number(value);
  };
  const rows = size("h");
  return { columns: size("w"), rows };
}

/** As dockerd, which has taken the connection over when it finds that something is wrong. */
async function attachRaw(call: Call, engine: Needs): Promise<Reply> {
  try {
    return await attach(call, engine, "hijack");
  } catch (error) {
    const { status, message, unexpected } = describeError(error);
    if (unexpected) {
      throw error;
    }
    return text(`${message}\r\n`, status, { "Content-Type": rawContentType(call.version, true) });
  }
}

async function attach({ params, query, signal, version }: Call, engine: Needs, kind: "hijack" | "websocket") {
  const detachKeys = new DetachKeys(query.string("detachKeys"));
  // Before 1.42 a websocket had all streams, whatever was asked for (Engine API version history).
  const all = kind === "websocket" && !atLeast(version, "1.42");
  const wants = (name: string) => all || query.bool(name);
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(signal.reason));
  const streams = await engine.streams.attach(params["id"] ?? "", {
    stdin: wants("stdin"),
    logs: query.bool("logs"),
    // Nothing that is asked for ends at once.
    stream: query.bool("stream") && ["stdin", "stdout", "stderr"].some(wants),
    signal: stop.signal,
  });
  const run = (stream: RawStream) =>
    bridge(stream, streams, {
      stdout: wants("stdout"),
      stderr: wants("stderr"),
      multiplexed: kind === "hijack" && !streams.tty,
      detachKeys,
      stop,
      onDetach: () => publishContainerEvent(engine.events, engine.containers.get(params["id"] ?? ""), "detach"),
    });
  return kind === "hijack"
    ? ({ kind, opening: { contentType: rawContentType(version, streams.tty) }, run } satisfies Reply)
    : ({ kind, run } satisfies Reply);
}

function logs({ params, query, signal, version }: Call, engine: Needs): Reply {
  const options = logOptions(query, signal);
  const container = engine.containers.get(params["id"] ?? "");
  if (container.host.logDriver === "none") {
    throw new NotImplemented("configured logging driver does not support reading");
  }
  const source = logBytes(container, engine.streams.logs(container.id, options), {
    timestamps: query.bool("timestamps"),
    details: query.bool("details"),
  });
  // Before 1.42 it was not said what the stream is (Engine API version history).
  return atLeast(version, "1.42")
    ? bytes(source, rawContentType(version, container.config.tty))
    : { kind: "bytes", status: 200, source, headers: {} };
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
    ...(/^\+?\d{1,15}$/.test(tail) ? { tail: Number(tail) } : {}),
    ...(since === undefined || since === "0" ? {} : { sinceNano: logTime(since) }),
    ...(until === undefined || until === "0" ? {} : { untilNano: logTime(until) }),
    signal,
  };
}

/** @throws Unknown in dockerd's words */
function logTime(text: string): bigint {
  try {
    return parseTimestamp(text);
  } catch (error) {
    throw isEngineError(error, "invalid_argument")
      ? new Unknown(goNumberError(/^\d+\.(.*)$/s.exec(text)?.[1] ?? text, "ParseInt"), { cause: error })
      : error;
  }
}

async function* logBytes(
  container: Container,
  records: AsyncIterable<LogRecord>,
  show: { timestamps: boolean; details: boolean },
): AsyncGenerator<Buffer> {
  const details = show.details ? Buffer.from(`${detailsText(container)} `) : Buffer.alloc(0);
  for await (const { stream, timeNano, line } of records) {
    const time = Buffer.from(show.timestamps ? `${isoTimeNano(timeNano)} ` : "");
    const whole = Buffer.concat([time, details, line]);
    yield container.config.tty ? whole : frame(stream, whole);
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
function stats({ params, query, signal, version }: Call, engine: Needs): Reply {
  const { id } = engine.containers.get(params["id"] ?? "");
  const streaming = query.bool("stream", true);
  const oneShot = atLeast(version, "1.41") && query.bool("one-shot");
  if (streaming && oneShot) {
    throw new InvalidArgument("cannot have stream=true and one-shot=true");
  }
  const memory = Math.min(totalmem(), engine.tenant.limits.memory ?? Infinity);
  const produce = async (write: (line: unknown) => Promise<void>) => {
    let previous = undefined;
    for (;;) {
      const container = engine.containers.get(id);
      const sample = await engine.streams.stats(id);
      const enough = previous !== undefined || oneShot || sample.metrics === undefined;
      if (streaming || enough) {
        await write(statsJson(container, sample, previous, memory));
      }
      if (!streaming && enough) {
        return;
      }
      previous = sample;
      await delay(1000, undefined, { signal });
    }
  };
  return lines(produce, { immediate: streaming, end: "\n" });
}
