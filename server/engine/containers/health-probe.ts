import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { nobodysTime, type ThreadTime } from "../concurrency/thread-time.ts";
import { publishContainerEvent } from "./container-events.ts";
import type { ContainerEntry } from "./container-entry.ts";
import type { ContainerParts } from "./container-parts.ts";
import type { HealthCheck } from "./health.ts";
import { sigkill } from "./signals.ts";
import { linkedContainers } from "./links.ts";
import { goDuration } from "./go-duration.ts";
import { environmentOf } from "./spec-builder.ts";

/** Kept of a check's output (moby, daemon/health.go). Bytes. */
const keptOutput = 4096;

/** Runs a health check's command once, as the container's user. Killed when its time is over. */
export async function runProbe(
  parts: ContainerParts,
  entry: ContainerEntry,
  check: HealthCheck,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const { task } = entry.run ?? {};
  if (task === undefined) {
    return { exitCode: -1, output: "the container does not run" };
  }
  const container = entry.record;
  const rootfs = parts.directories.rootfs(container.id);
  const user = parts.resolveUser(rootfs, container.config.user, container.host.groupAdd);
  const id = randomBytes(32).toString("hex");
  const process = await task.exec({
    id,
    args: check.command,
    env: environmentOf(container, { home: user.home, tty: false, linked: linkedContainers(container, parts) }),
    cwd: container.config.workingDir,
    user,
    terminal: false,
    stdin: false,
  });
  const output = collect([process.io.stdout, process.io.stderr], parts.share);
  publishContainerEvent(parts.events, container, `exec_create: ${check.command.join(" ")}`, { execID: id });
  let timedOut = false;
  const end = AbortSignal.any([signal, AbortSignal.timeout(check.timeout)]);
  const kill = () => {
    timedOut = true;
    process.kill(sigkill).catch(() => {
      // It has just ended by itself.
    });
  };
  end.addEventListener("abort", kill, { once: true });
  try {
    await process.start();
    publishContainerEvent(parts.events, container, `exec_start: ${check.command.join(" ")}`, { execID: id });
    const { code } = await process.wait();
    publishContainerEvent(parts.events, container, "exec_die", { execID: id, exitCode: String(code) });
    return timedOut
      ? { exitCode: -1, output: `Health check exceeded timeout (${goDuration(check.timeout)})` }
      : { exitCode: code, output: await output() };
  } finally {
    end.removeEventListener("abort", kill);
    await process.delete();
  }
}

/** Output that may still be on its way when the check has ended. Milliseconds. */
const drainTime = 1_000;

function collect(streams: readonly Readable[], share: ThreadTime = nobodysTime): () => Promise<string> {
  let text = Buffer.alloc(0);
  const keep = (chunk: Buffer) => {
    if (text.length < keptOutput) text = Buffer.concat([text, chunk]);
  };
  const read = async (stream: Readable) => {
    // All of it, or the check would wait for ever; as fast as it is the container's turn.
    for await (const chunk of stream) await share.spend(() => keep(chunk as Buffer));
  };
  // The end of the process tells all there is to tell: an error of a stream is its end.
  const ended = Promise.allSettled(streams.map(read));
  return async () => {
    await Promise.race([ended, delay(drainTime, undefined, { ref: false })]);
    return text.subarray(0, keptOutput).toString("utf8");
  };
}
