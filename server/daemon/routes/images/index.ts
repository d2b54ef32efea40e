import {
  InvalidArgument,
  isEngineError,
  messageOf,
  NotFound,
  RuleRefusal,
  Unknown,
} from "../../../engine/errdefs/errors.ts";
import { imageHistory, sharedSizes, sizesByChain } from "../../../engine/images/history.ts";
import type { Image } from "../../../engine/images/image-store.ts";
import { pruneImages } from "../../../engine/images/prune.ts";
import type { RegistryAuth, TransferProgress } from "../../../engine/remotes/remotes.ts";
import { parseName } from "../../../engine/reference/reference.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { atLeast } from "../../http/api-version.ts";
import { readBody } from "../../http/body.ts";
import { goJsonError } from "../../http/go-json.ts";
import { empty, json, lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { Filters } from "../../translate/filters.ts";
import { createdMs, imageJson, imageSummary, manifestsJson } from "../../translate/image-json.ts";
import { progressLines } from "../../translate/progress.ts";
import { registryAuth } from "../../translate/registry-auth.ts";
import { untilMs } from "../../translate/until.ts";
import type { SharedServices } from "../services.ts";
import { imageArchiveRoutes, type ImageArchives, importImage } from "./archives.ts";
import { referenceOf, refuseReserved, unclassed } from "./names.ts";
import { checkPlatform, decodePlatform, parsePlatform } from "./platform.ts";
import { imageFilterNames, selectImages } from "./select.ts";

type Needs = Pick<TenantEngine, "images" | "transfer" | "containers" | "events">;
type Shared = Pick<SharedServices, "layers" | "collector" | "urls" | "host">;

export function imageRoutes(engine: Needs, shared: Shared, archives: ImageArchives): Route[] {
  const { images } = engine;
  const name = (call: Call) => call.params["name"] ?? "";
  return [
    route("GET", "/images/json", (call) => json(list(call, engine, shared))),
    route("POST", "/images/create", (call) => create(call, engine, shared, archives)),
    route("POST", "/images/prune", (call) => json(prune(call, engine, shared))),
    ...imageArchiveRoutes(archives, images),
    route("GET", "/images/{name*}/json", (call) => json(inspect(call, engine, shared.host.storageDriver))),
    route("GET", "/images/{name*}/history", (call) => {
      const platform = decodePlatform(call, "1.48");
      const image = images.get(name(call));
      checkPlatform(image, name(call), platform);
      return json(history(image, shared, (id) => images.find(id)));
    }),
    route("POST", "/images/{name*}/push", (call) => push(call, engine)),
    route("POST", "/images/{name*}/tag", (call) => {
      const { query } = call;
      images.get(name(call)); // dockerd looks for it first
      const target = unclassed(() => referenceOf(query.string("repo") ?? "", query.string("tag")));
      images.tag(name(call), target);
      return empty(201);
    }),
    route("DELETE", "/images/{name*}", (call) => {
      const { query } = call;
      if (name(call).trim() === "") {
        throw new InvalidArgument("image name cannot be blank");
      }
      const platform = decodePlatform(call, "1.50", removePlatforms);
      if (platform !== undefined) {
        checkPlatform(images.get(name(call)), name(call), platform);
      }
      const removed = images.remove(name(call), {
        force: query.bool("force"),
        prune: !query.bool("noprune"),
      });
      shared.collector.schedule();
      return json(removedJson(removed));
    }),
  ];
}

/** dockerd's inspect says everything twice. @throws NotFound, InvalidArgument (no name) */
function lookUp(images: TenantEngine["images"], reference: string): Image {
  try {
    return images.get(reference);
  } catch (error) {
    const message = `no such image: ${reference}: ${messageOf(error)}`;
    if (isEngineError(error, "not_found")) {
      throw new NotFound(message, { cause: error });
    }
    throw isEngineError(error, "invalid_argument") ? new InvalidArgument(message, { cause: error }) : error;
  }
}

const removePlatforms = { name: "platforms", several: "multiple platforms are not supported" };

/** @throws InvalidArgument (parameters), NotFound */
function inspect(call: Call, engine: Needs, driver: string): object {
  const { params, query, version } = call;
  const name = params["name"] ?? "";
  const platform = decodePlatform(call, "1.49");
  const manifests = atLeast(version, "1.48") && query.bool("manifests");
  if (manifests && platform !== undefined) {
    throw new InvalidArgument("conflicting options: manifests and platform options cannot both be set");
  }
  const image = lookUp(engine.images, name);
  checkPlatform(image, name, platform);
  return {
    ...imageJson(image, version, driver),
    ...(manifests ? { Manifests: manifestsJson(image, usersOf(engine, image)) } : {}),
  };
}

/** Ids of the containers that were made from an image. */
function usersOf({ containers }: Needs, { id }: Image): string[] {
  return containers
    .list()
    .filter(({ imageId }) => imageId === id)
    .map((container) => container.id);
}

function list({ query, version }: Call, engine: Needs, shared: Shared): object[] {
  const given = Filters.parse(query, imageFilterNames);
  // As clients before 1.41 ask for one name.
  const pattern = atLeast(version, "1.41") ? undefined : query.string("filter");
  const filters = pattern === undefined ? given : given.with("reference", pattern);
  const all = engine.images.list();
  const chosen = selectImages(all, filters, query.bool("all"), (reference) => engine.images.get(reference));
  const shares = atLeast(version, "1.42") && query.bool("shared-size");
  const sizes = shares ? sharedSizes(all, shared.layers) : undefined;
  const manifests = atLeast(version, "1.47") && query.bool("manifests");
  return chosen
    .toSorted((a, b) => createdMs(b) - createdMs(a))
    .map((image) => ({
      ...imageSummary(image, { sharedSize: sizes?.get(image.id) ?? -1, containers: -1 }, version),
      ...(manifests ? { Manifests: manifestsJson(image, usersOf(engine, image)) } : {}),
    }));
}

/** `docker pull` and `docker import`. */
function create(call: Call, engine: Needs, shared: Pick<Shared, "urls">, archives: ImageArchives): Reply {
  const { query, headers, signal } = call;
  const from = query.string("fromImage");
  if (from === undefined) {
    return importImage(call, { archives, urls: shared.urls }, query.string("fromSrc") ?? "");
  }
  const platform = parsePlatform(call);
  const auth = registryAuth(headers["x-registry-auth"]);
  const tag = query.string("tag");
  const reference = referenceOf(from, tag);
  refuseReserved(reference);
  return transfer((onProgress) =>
    engine.transfer.pull(reference, {
      allTags: tag === undefined && isBareName(reference),
      ...(auth === undefined ? {} : { auth }),
      ...(platform === undefined ? {} : { platform }),
      signal,
      onProgress,
    }),
  );
}

/** Without tag or digest: all of its tags are meant. */
function isBareName(name: string): boolean {
  const { tag, digest } = parseName(name);
  return tag === undefined && digest === undefined;
}

async function push(call: Call, engine: Needs): Promise<Reply> {
  const { params, query, signal } = call;
  const tag = query.string("tag");
  const reference = unclassed(() => referenceOf(params["name"] ?? "", tag));
  const auth = await pushAuth(call);
  const image = engine.images.find(reference);
  if (image !== undefined) {
    checkPlatform(image, reference, decodePlatform(call, "1.46"));
  }
  const allTags = tag === undefined && isBareName(reference);
  return transfer((onProgress) =>
    engine.transfer.push(reference, { allTags, ...(auth === undefined ? {} : { auth }), signal, onProgress }),
  );
}

/** Of the header, or of the body as old clients have it; what cannot be read of the header counts as nothing. */
async function pushAuth(call: Call): Promise<RegistryAuth | undefined> {
  const header = call.headers["x-registry-auth"];
  if (header === undefined) {
    const body = await readBody(call);
    if (body.length === 0) {
      throw new InvalidArgument("Bad parameters and missing X-Registry-Auth: EOF");
    }
    const text = body.toString("utf8");
    try {
      JSON.parse(text);
    } catch (error) {
      const message = `Bad parameters and missing X-Registry-Auth: ${goJsonError(text)}`;
      throw new InvalidArgument(message, { cause: error });
    }
    return registryAuth(body.toString("base64url"));
  }
  return registryAuth(header);
}

/** Progress lines in the order they were told, the error last. */
function transfer(run: (onProgress: (progress: TransferProgress) => void) => Promise<unknown>): Reply {
  return lines(async (write) => {
    let written = Promise.resolve();
    let broken: unknown;
    const onProgress = (progress: TransferProgress) => {
      written = written
        .then(async () => {
          for (const line of broken === undefined ? progressLines(progress) : []) {
            await write(line);
          }
        })
        .catch((error: unknown) => {
          // The client is gone: the signal ends the transfer.
          broken = error;
        });
    };
    try {
      await run(onProgress);
    } catch (error) {
      // dockerd's answer to whatever a registry, or the way to it, does not let it do; what a policy refuses is not its.
      throw !(error instanceof RuleRefusal) &&
        isEngineError(error, "unavailable", "unauthenticated", "permission_denied")
        ? new Unknown(error.message, { cause: error })
        : error;
    } finally {
      await written;
    }
  });
}

function history(image: Image, shared: Shared, find: (id: string) => Image | undefined): object[] {
  return imageHistory(image, shared.layers, find).map((entry) => ({
    Comment: entry.comment,
    Created: Math.floor((Date.parse(entry.created ?? "") || 0) / 1000),
    CreatedBy: entry.createdBy,
    Id: entry.id ?? "<missing>",
    Size: entry.size,
    Tags: entry.tags.length === 0 ? null : entry.tags,
  }));
}

/** The CLI sends its own beside the user's: of several the first that means something counts. @throws InvalidArgument */
function danglingOnly(values: readonly string[]): boolean {
  const has = (...words: string[]) => words.some((word) => values.includes(word));
  if (values.length > 0 && !has("false", "0", "true", "1")) {
    throw new InvalidArgument(`Invalid filter 'dangling=[${values.join(" ")}]'`);
  }
  return !has("false", "0");
}

function removedJson(removed: { untagged: string[]; deleted: string[] }): object[] {
  return [...removed.untagged.map((Untagged) => ({ Untagged })), ...removed.deleted.map((Deleted) => ({ Deleted }))];
}

function prune({ query }: Call, engine: Needs, shared: Shared): object {
  const filters = Filters.parse(query, ["dangling", "until", "label", "label!"]);
  const until = untilMs(filters);
  const sizes = sizesByChain(engine.images.list(), shared.layers);
  const removed = pruneImages(engine.images, {
    dangling: danglingOnly(filters.get("dangling")),
    ...(until === undefined ? {} : { until }),
    labels: filters.get("label"),
    withoutLabels: filters.get("label!"),
  });
  shared.collector.schedule();
  const deleted = removedJson(removed);
  const reclaimed = removed.deleted.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
  engine.events.publish({
    type: "image",
    action: "prune",
    actor: { id: "", attributes: { reclaimed: `${reclaimed}` } },
  });
  return { ImagesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}
