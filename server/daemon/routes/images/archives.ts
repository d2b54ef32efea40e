import type { Readable } from "node:stream";
import { InvalidArgument, isEngineError, messageOf, NotFound, Unknown } from "../../../engine/errdefs/errors.ts";
import type { Image, ImageStore } from "../../../engine/images/image-store.ts";
import { counted, type LoadedImage, type LoadOptions } from "../../../engine/images/loading.ts";
import { formatPlatform } from "../../../engine/oci/platform.ts";
import type { Platform } from "../../../engine/oci/types.ts";
import { parseName } from "../../../engine/reference/reference.ts";
import type { UrlContent, UrlSource } from "../../../engine/remotes/url-source.ts";
import { atLeast } from "../../http/api-version.ts";
import { bytes, errorLine, lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { progressJson } from "../../translate/progress.ts";
import { referenceOf } from "./names.ts";
import { decodePlatform, isOf, parsePlatform } from "./platform.ts";

/** Images as files: what save, load and import need of the engine. */
export interface ImageArchives {
  /** A tar in the layout of Docker 25, or the one before. @throws NotFound */
  save(references: string[], options: { layout: "oci" | "legacy"; signal: AbortSignal }): Promise<Readable>;
  /** Reads such a tar (plain or compressed); what it says is not trusted. */
  load(tar: Readable, options: LoadOptions): Promise<LoadedImage[]>;
  /** Makes an image of one layer from a file system's tar. */
  import(
    tar: Readable,
    options: {
      name: string | undefined;
      message: string;
      changes: string[];
      platform: Platform | undefined;
      signal: AbortSignal;
    },
  ): Promise<Image>;
}

/** save and load. */
export function imageArchiveRoutes(archives: ImageArchives, images: Pick<ImageStore, "get">): Route[] {
  const save = async (references: string[], call: Call) => {
    const { version, signal } = call;
    const layout = atLeast(version, "1.44") ? "oci" : "legacy";
    const platform = decodePlatform(call, "1.48");
    for (const reference of platform === undefined ? [] : references) {
      if (platform !== undefined && !isOf(images.get(reference).config, platform)) {
        throw new Unknown(`no suitable export target found for platform ${formatPlatform(platform)}`);
      }
    }
    try {
      return bytes(await archives.save(references, { layout, signal }), "application/x-tar");
    } catch (error) {
      // dockerd tells the name as it was given.
      const missing = references.find((name) => messageOf(error) === `No such image: ${name}:latest`);
      if (missing !== undefined) {
        throw new NotFound(`No such image: ${missing}`, { cause: error });
      }
      throw isEngineError(error, "invalid_argument") ? new Unknown(error.message, { cause: error }) : error;
    }
  };
  return [
    route("GET", "/images/get", (call) => save(call.query.all("names"), call)),
    route("GET", "/images/{name*}/get", (call) => save([call.params["name"] ?? ""], call)),
    route("POST", "/images/load", (call) => load(call, archives)),
  ];
}

function load(call: Call, archives: ImageArchives): Reply {
  const { query, body, signal } = call;
  const platform = decodePlatform(call, "1.48");
  const quiet = query.bool("quiet", true);
  return lines(async (write) => {
    let written = Promise.resolve();
    const tell = (line: object) => {
      written = written.then(() => write(line));
      // Whoever has gone away has ended the signal, too.
      written.catch(() => undefined);
    };
    let loaded: LoadedImage[];
    try {
      loaded = await archives.load(body, {
        signal,
        wanted: (config) => isOf(config, platform),
        onImage: (image) => loadedLines(image).forEach(tell),
        ...(quiet
          ? {}
          : {
              onLayer: (id, current, total) => tell(progressJson({ id, status: "Loading layer", current, total })),
            }),
      });
    } catch (error) {
      // dockerd has answered 200 before it looks at the archive.
      await written;
      await write(errorLine(messageOf(error)));
      return;
    }
    await written;
    // Only the last one's names count, as with dockerd.
    if ((loaded.at(-1)?.tags ?? []).length === 0) {
      await write({ stream: loaded.map(({ image }) => `Loaded image ID: ${image.id}\n`).join("") });
    }
  });
}

function loadedLines({ tags, replaced }: LoadedImage): object[] {
  return tags.flatMap((tag) => [
    ...replaced
      .filter(({ name }) => name === tag)
      .map(({ id }) => ({
        stream: `The image ${tag} already exists, renaming the old one with ID ${id} to empty string\n`,
      })),
    { stream: `Loaded image: ${tag}\n` },
  ]);
}

/** `POST /images/create?fromSrc=`: `docker import`. @param source `-` for the body, or a URL */
export function importImage(call: Call, from: { archives: ImageArchives; urls: UrlSource }, source: string): Reply {
  const { query, signal } = call;
  const platform = parsePlatform(call);
  if (platform !== undefined && platform.os !== "linux") {
    throw new InvalidArgument("operating system is not supported");
  }
  return lines(async (write) => {
    const repo = query.string("repo");
    const tag = query.string("tag");
    const url = source === "-" ? undefined : source.includes("://") ? source : `http://${source}`;
    const tell = async (line: object) => write(line);
    const tar = url === undefined ? call.body : await download(url, from.urls, { tell, signal });
    const image = await from.archives.import(tar, {
      name: repo === undefined ? undefined : importName(repo, tag),
      message: query.string("message") ?? `Imported from ${source}`,
      changes: query.all("changes"),
      platform,
      signal,
    });
    await write({ status: image.id });
  });
}

/** @throws InvalidArgument in dockerd's words */
function importName(repo: string, tag: string | undefined): string {
  if (parseName(repo).digest !== undefined) {
    throw new InvalidArgument("cannot import digest reference");
  }
  return referenceOf(repo, tag);
}

/** Tells how much of it has come. */
async function download(
  url: string,
  urls: UrlSource,
  { tell, signal }: { tell: (line: object) => Promise<void>; signal: AbortSignal },
): Promise<Readable> {
  const { body, size } = await openSource(url, urls, signal);
  await tell({ status: `Downloading from ${url}` });
  let told = Promise.resolve();
  return counted(body, size ?? 0, (current) => {
    const line = progressJson({ status: "Importing", current, ...(size === undefined ? {} : { total: size }) });
    told = told.then(() => tell(line));
    // Whoever has gone away has ended the signal, too.
    told.catch(() => undefined);
  });
}

async function openSource(url: string, urls: UrlSource, signal: AbortSignal): Promise<UrlContent> {
  try {
    return await urls.open(url, signal);
  } catch (error) {
    throw isEngineError(error, "unavailable") ? new Unknown(error.message, { cause: error }) : error;
  }
}
