import { z } from "zod";
import { InvalidArgument } from "../errdefs/errors.ts";
import { isDigest, type DiffID, type Digest } from "./digest.ts";
import { parseJson } from "./json.ts";
import type { ImageConfig, ImageRunConfig, Index, Manifest } from "./types.ts";

/** Bytes. A manifest or index that is larger is refused, as registries do. */
export const maxManifestSize = 4 << 20;
/** Bytes of an image config. */
export const maxConfigSize = 8 << 20;
/** Layers of one image: what one overlay mount takes with some room (dockerd: 125). */
export const maxLayers = 125;
/** dockerd's words, and what they mean. */
export const tooManyLayers = `max depth exceeded: an image has at most ${maxLayers} layers`;
/** Entries of an index. */
const maxEntries = 1000;
/** Entries of a history: what the base has, and all instructions of the longest Dockerfile. */
const maxHistory = 10_000;

/** Names of things. */
const name = z.string().max(65_536);
/** What people write: as long as the document may be. */
const text = z.string();
const digest = z.string().refine((value): value is Digest => isDigest(value), "expected sha256: and 64 hex digits");
const diffId = digest.transform((value) => value as DiffID);
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Go writes `null` for an empty map, slice or pointer. */
const nullable = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const labels = z.record(z.string(), text);
const strings = z.array(text).max(10_000);
const emptyObjects = z.record(z.string(), z.object({}));

const platform = z.object({
  architecture: name,
  os: name,
  variant: nullable(name),
  "os.version": nullable(name),
});

const descriptor = z.object({
  mediaType: name,
  digest,
  size,
  platform: nullable(platform),
  annotations: nullable(labels),
});

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: nullable(name),
  config: descriptor,
  layers: z.array(descriptor).max(maxLayers, tooManyLayers),
  annotations: nullable(labels),
});

const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: nullable(name),
  manifests: z.array(descriptor).max(maxEntries),
  annotations: nullable(labels),
});

const duration = z.number();
const runConfig = z.object({
  User: nullable(name),
  ExposedPorts: nullable(emptyObjects),
  Env: nullable(strings),
  Entrypoint: nullable(strings),
  Cmd: nullable(strings),
  Volumes: nullable(emptyObjects),
  WorkingDir: nullable(name),
  Labels: nullable(labels),
  StopSignal: nullable(name),
  Shell: nullable(strings),
  Healthcheck: nullable(
    z.object({
      Test: nullable(strings),
      Interval: nullable(duration),
      Timeout: nullable(duration),
      Retries: nullable(z.number()),
      StartPeriod: nullable(duration),
      StartInterval: nullable(duration),
    }),
  ),
  OnBuild: nullable(strings),
  ArgsEscaped: nullable(z.boolean()),
  Image: nullable(name),
  Hostname: nullable(name),
  Domainname: nullable(name),
  AttachStdin: nullable(z.boolean()),
  AttachStdout: nullable(z.boolean()),
  AttachStderr: nullable(z.boolean()),
  Tty: nullable(z.boolean()),
  OpenStdin: nullable(z.boolean()),
  StdinOnce: nullable(z.boolean()),
  NetworkDisabled: nullable(z.boolean()),
  StopTimeout: nullable(z.number()),
});

const imageConfig = z.object({
  created: nullable(text),
  author: nullable(text),
  architecture: name,
  os: name,
  variant: nullable(name),
  config: nullable(runConfig),
  container: nullable(name),
  container_config: nullable(runConfig).catch(undefined),
  docker_version: nullable(name),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: nullable(z.array(diffId).max(maxLayers, tooManyLayers)) }),
  history: nullable(
    z
      .array(
        z.object({
          created: nullable(text),
          created_by: nullable(text),
          author: nullable(text),
          comment: nullable(text),
          empty_layer: nullable(z.boolean()),
        }),
      )
      .max(maxHistory),
  ),
  "moby.buildkit.cache.v0": nullable(text),
});

/**
 * image-spec manifest.md, or Docker schema 2.
 * @throws InvalidArgument, also for a document that could be read as an index as well (CVE-2021-41190)
 */
export function parseManifest(bytes: Uint8Array, what = "manifest"): Manifest {
  const value = parseJson(bytes, what, maxManifestSize);
  refuseSchema1(value, what);
  if (has(value, "manifests")) {
    throw new InvalidArgument(`${what} is ambiguous: it has the fields of an index, too`);
  }
  return check(manifest, value, what) as Manifest;
}

/** image-spec image-index.md, or a Docker manifest list. @throws InvalidArgument */
export function parseIndex(bytes: Uint8Array, what = "index"): Index {
  const value = parseJson(bytes, what, maxManifestSize);
  if (has(value, "layers") || has(value, "config")) {
    throw new InvalidArgument(`${what} is ambiguous: it has the fields of a manifest, too`);
  }
  return check(index, value, what) as Index;
}

/** image-spec config.md with Docker's additions; unknown fields are dropped. @throws InvalidArgument */
export function parseImageConfig(bytes: Uint8Array, what = "image config"): ImageConfig {
  const parsed = check(imageConfig, parseJson(bytes, what, maxConfigSize), what) as ImageConfig;
  parsed.rootfs.diff_ids ??= [];
  const layers = (parsed.history ?? []).filter((entry) => entry.empty_layer !== true).length;
  if (parsed.history !== undefined && layers > parsed.rootfs.diff_ids.length) {
    throw new InvalidArgument(
      `${what}: its history tells of ${layers} layers, but it has ${parsed.rootfs.diff_ids.length}`,
    );
  }
  return parsed;
}

/** An image's `config` alone; unknown fields are dropped. @throws InvalidArgument */
export function checkRunConfig(value: unknown, what: string): ImageRunConfig {
  return check(runConfig, value, what) as ImageRunConfig;
}

/** True for a document that has `manifests`: some registries send no usable media type. */
export function looksLikeIndex(bytes: Uint8Array, what = "manifest"): boolean {
  return has(parseJson(bytes, what, maxManifestSize), "manifests");
}

function has(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

function refuseSchema1(value: unknown, what: string): void {
  if (
    has(value, "fsLayers") ||
    (has(value, "schemaVersion") && (value as { schemaVersion: unknown }).schemaVersion === 1)
  ) {
    throw new InvalidArgument(
      `${what} is of Docker schema 1, which is no longer read: push the image again with a newer client`,
    );
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): unknown {
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.map(String).join(".")}`;
    throw new InvalidArgument(`${what} is invalid${where}: ${issue?.message ?? "unknown problem"}`);
  }
  return withoutUndefined(result.data);
}

/** Optional fields are absent rather than undefined, so that serialising gives them back as they were. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutUndefined);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, withoutUndefined(item)]),
    );
  }
  return value;
}
