import { InvalidArgument, NotImplemented } from "../../../engine/errdefs/errors.ts";
import { imageHistory, sharedSizes, sizesByChain } from "../../../engine/images/history.ts";
import type { Image } from "../../../engine/images/image-store.ts";
import { pruneImages } from "../../../engine/images/prune.ts";
import type { TransferProgress } from "../../../engine/remotes/remotes.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { empty, json, lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { Filters } from "../../translate/filters.ts";
import { createdMs, imageJson, imageSummary } from "../../translate/image-json.ts";
import { progressJson } from "../../translate/progress.ts";
import { registryAuth } from "../../translate/registry-auth.ts";
import { untilMs } from "../../translate/until.ts";
import { imageParameters, removeImageParameters } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import type { SharedServices } from "../services.ts";
import { imageArchiveRoutes, type ImageArchives, importImage } from "./archives.ts";
import { checkPlatform, parsePlatform } from "./platform.ts";
import { imageFilterNames, selectImages } from "./select.ts";

type Needs = Pick<TenantEngine, "images" | "transfer" | "containers">;
type Shared = Pick<SharedServices, "layers" | "collector">;

export function imageRoutes(engine: Needs, shared: Shared, archives: ImageArchives): Route[] {
  const { images } = engine;
  const name = (call: Call) => call.params["name"] ?? "";
  const imageOf = (call: Call) => {
    const image = images.get(name(call));
    checkPlatform(image, name(call), call.query);
    return image;
  };
  return [
    route("GET", "/images/json", (call) => json(list(call, engine, shared))),
    route("POST", "/images/create", (call) => create(call, engine, archives)),
    route("POST", "/images/prune", (call) => json(prune(call, engine, shared))),
    ...imageArchiveRoutes(archives, images),
    route("GET", "/images/{name*}/json", (call) => {
      refuseParameters(call.query, imageParameters);
      return json(imageJson(imageOf(call), call.version));
    }),
    route("GET", "/images/{name*}/history", (call) => json(history(imageOf(call), shared))),
    route("POST", "/images/{name*}/push", (call) => push(call, engine)),
    route("POST", "/images/{name*}/tag", (call) => {
      const { query } = call;
      images.tag(name(call), joinName(query.string("repo") ?? "", query.string("tag")));
      return empty(201);
    }),
    route("DELETE", "/images/{name*}", (call) => {
      const { query } = call;
      refuseParameters(query, removeImageParameters);
      const removed = images.remove(name(call), {
        force: query.bool("force"),
        prune: !query.bool("noprune"),
      });
      shared.collector.schedule();
      return json(removedJson(removed));
    }),
  ];
}

/** A name with its tag or digest. @throws InvalidArgument without a name */
export function joinName(repo: string, tag: string | undefined): string {
  if (repo === "") {
    throw new InvalidArgument("invalid reference format: the name of the repository is empty");
  }
  return tag === undefined ? repo : tag.startsWith("sha256:") ? `${repo}@${tag}` : `${repo}:${tag}`;
}

function list({ query, version }: Call, engine: Needs, shared: Shared): object[] {
  refuseParameters(query, imageParameters);
  const filters = Filters.parse(query, imageFilterNames);
  const all = engine.images.list();
  const chosen = selectImages(all, filters, query.bool("all"), (reference) => engine.images.get(reference));
  const sizes = query.bool("shared-size") ? sharedSizes(all, shared.layers) : undefined;
  return chosen
    .toSorted((a, b) => createdMs(b) - createdMs(a))
    .map((image) => imageSummary(image, { sharedSize: sizes?.get(image.id) ?? -1, containers: -1 }, version));
}

/** `docker pull` and `docker import`. */
function create(call: Call, engine: Needs, archives: ImageArchives): Reply {
  const { query, headers, signal } = call;
  const from = query.string("fromImage");
  if (from === undefined) {
    const source = query.string("fromSrc");
    if (source !== "-") {
      throw source === undefined
        ? new InvalidArgument("either fromImage or fromSrc is required")
        : new NotImplemented("importing from a URL is not implemented in this engine: send the tar itself");
    }
    return importImage(call, archives);
  }
  const platform = parsePlatform(query);
  const auth = registryAuth(headers["x-registry-auth"]);
  return transfer((onProgress) =>
    engine.transfer.pull(joinName(from, query.string("tag")), {
      ...(auth === undefined ? {} : { auth }),
      ...(platform === undefined ? {} : { platform }),
      signal,
      onProgress,
    }),
  );
}

function push({ params, query, headers, signal }: Call, engine: Needs): Reply {
  const reference = joinName(params["name"] ?? "", query.string("tag"));
  const auth = registryAuth(headers["x-registry-auth"]);
  checkPlatform(engine.images.get(reference), reference, query);
  return transfer((onProgress) =>
    engine.transfer.push(reference, { ...(auth === undefined ? {} : { auth }), signal, onProgress }),
  );
}

/** Progress lines in the order they were told, the error last. */
function transfer(run: (onProgress: (progress: TransferProgress) => void) => Promise<unknown>): Reply {
  return lines(async (write) => {
    let written = Promise.resolve();
    let broken: unknown;
    const onProgress = (progress: TransferProgress) => {
      written = written
        .then(() => (broken === undefined ? write(progressJson(progress)) : undefined))
        .catch((error: unknown) => {
          // The client is gone: the signal ends the transfer.
          broken = error;
        });
    };
    try {
      await run(onProgress);
    } finally {
      await written;
    }
  });
}

function history(image: Image, shared: Shared): object[] {
  return imageHistory(image, shared.layers).map((entry) => ({
    Comment: entry.comment,
    Created: Math.floor((Date.parse(entry.created ?? "") || 0) / 1000),
    CreatedBy: entry.createdBy,
    Id: entry.id ?? "<missing>",
    Size: entry.size,
    Tags: entry.tags.length === 0 ? null : entry.tags,
  }));
}

function removedJson(removed: { untagged: string[]; deleted: string[] }): object[] {
  return [...removed.untagged.map((Untagged) => ({ Untagged })), ...removed.deleted.map((Deleted) => ({ Deleted }))];
}

function prune({ query }: Call, engine: Needs, shared: Shared): object {
  const filters = Filters.parse(query, ["dangling", "until", "label", "label!"]);
  const until = untilMs(filters);
  const used = new Set(engine.containers.list().map((container) => container.imageId));
  const sizes = sizesByChain(engine.images.list(), shared.layers);
  const removed = pruneImages(
    engine.images,
    {
      dangling: filters.bool("dangling") ?? true,
      ...(until === undefined ? {} : { until }),
      labels: filters.get("label"),
      withoutLabels: filters.get("label!"),
    },
    (id) => used.has(id),
  );
  shared.collector.schedule();
  const deleted = removedJson(removed);
  return {
    ImagesDeleted: deleted.length === 0 ? null : deleted,
    SpaceReclaimed: removed.deleted.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0),
  };
}
