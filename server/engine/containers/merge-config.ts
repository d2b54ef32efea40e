import { resolve } from "node:path/posix";
import { InvalidArgument } from "../errdefs/errors.ts";
import type { HealthConfig, ImageRunConfig } from "../oci/types.ts";
import type { ProcessConfig } from "./container.ts";

/**
 * The request over its image's config, by Docker's rules (moby, daemon/commit.go `merge`, image/spec): an entrypoint in
 * the request drops the image's command; environment merges by name; labels, volumes and ports unite.
 * @throws InvalidArgument `No command specified`
 */
export function mergeConfig(request: ProcessConfig, image: ImageRunConfig, id: string): ProcessConfig {
  const hasEntrypoint = request.entrypoint.length > 0;
  // `--entrypoint ""` comes as one empty string and clears the image's.
  const entrypoint = hasEntrypoint
    ? request.entrypoint.filter((part, index) => index > 0 || part !== "")
    : (image.Entrypoint ?? []);
  const cmd = request.cmd.length > 0 || hasEntrypoint ? request.cmd : (image.Cmd ?? []);
  if (entrypoint.length === 0 && cmd.length === 0) {
    throw new InvalidArgument("No command specified");
  }
  const ofImage = request.cmd.length === 0 && !hasEntrypoint;
  return {
    ...request,
    ...(ofImage && image.ArgsEscaped !== undefined ? { argsEscaped: image.ArgsEscaped } : {}),
    entrypoint,
    cmd,
    hostname: request.hostname === "" ? id.slice(0, 12) : request.hostname,
    user: request.user === "" ? (image.User ?? "") : request.user,
    env: mergeEnv(request.env, image.Env ?? []),
    workingDir: request.workingDir === "" ? (image.WorkingDir ?? "") : resolve(request.workingDir),
    labels: { ...image.Labels, ...request.labels },
    exposedPorts: [...new Set([...Object.keys(image.ExposedPorts ?? {}), ...request.exposedPorts])],
    volumes: [...new Set([...Object.keys(image.Volumes ?? {}), ...request.volumes])],
    stopSignal: request.stopSignal === "" ? (image.StopSignal ?? "") : request.stopSignal,
    shell: request.shell ?? image.Shell,
    healthcheck: mergeHealthcheck(request.healthcheck, image.Healthcheck),
  };
}

/** A commit's configuration over its container's own, by the same rules (moby, daemon/commit.go `merge`). */
export function mergeRunConfig(given: ImageRunConfig, own: ImageRunConfig): ImageRunConfig {
  const hasEntrypoint = (given.Entrypoint ?? []).length > 0;
  const cmd = (given.Cmd ?? []).length > 0 || hasEntrypoint ? given.Cmd : own.Cmd;
  const entrypoint = given.Entrypoint ?? own.Entrypoint;
  const ports = { ...own.ExposedPorts, ...given.ExposedPorts };
  const volumes = { ...own.Volumes, ...given.Volumes };
  const healthcheck = mergeHealthcheck(given.Healthcheck, own.Healthcheck);
  const signal = given.StopSignal ?? own.StopSignal;
  return {
    ...given,
    ...(cmd === undefined ? {} : { Cmd: cmd }),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    User: given.User || (own.User ?? ""),
    Env: mergeEnv(given.Env ?? [], own.Env ?? []),
    Labels: { ...own.Labels, ...given.Labels },
    WorkingDir: given.WorkingDir || (own.WorkingDir ?? ""),
    ...(Object.keys(ports).length === 0 ? {} : { ExposedPorts: ports }),
    ...(Object.keys(volumes).length === 0 ? {} : { Volumes: volumes }),
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheck }),
    ...(signal === undefined ? {} : { StopSignal: signal }),
  };
}

/** The image's variables that the request does not set, after the request's own. `NAME` alone stays: it unsets at the start. */
function mergeEnv(request: readonly string[], image: readonly string[]): string[] {
  const nameOf = (entry: string) => entry.split("=", 1)[0] ?? "";
  const named = new Set(request.map(nameOf));
  return [...request, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

/** Field by field: a request may change only the interval of the image's check. */
function mergeHealthcheck(
  request: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (request === undefined || image === undefined) {
    return request ?? image;
  }
  const merged: HealthConfig = { ...image };
  if (request.Test !== undefined && request.Test.length > 0) {
    merged.Test = request.Test;
  }
  for (const field of ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"] as const) {
    const value = request[field];
    if (value !== undefined && value !== 0) {
      merged[field] = value;
    }
  }
  return merged;
}
