import { z } from "zod";
import { DataLoss, InvalidArgument, isEngineError, NotFound, OutOfRange, Unauthenticated } from "../errdefs/errors.ts";
import { digestOf, type Digest } from "../oci/digest.ts";
import { formatPlatform, selectManifest } from "../oci/platform.ts";
import { mediaTypes, type Descriptor, type Manifest, type Platform } from "../oci/types.ts";
import { parseJson } from "../oci/json.ts";
import {
  looksLikeIndex,
  maxConfigSize,
  maxManifestSize,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from "../oci/validate.ts";
import { familiarString, isTag, type Reference } from "../reference/reference.ts";
import type { RemoteImage } from "./remotes.ts";
import { readBody, type HttpResponse } from "./http-client.ts";
import type { Repository } from "./registry-client.ts";

const accept = [mediaTypes.ociIndex, mediaTypes.dockerIndex, mediaTypes.ociManifest, mediaTypes.dockerManifest].join(
  ", ",
);

/** A manifest as the registry has it. */
export interface ResolvedManifest {
  descriptor: Descriptor;
  bytes: Buffer;
  manifest: Manifest;
  /** digest of what the name stands for: the index if there is one, else the manifest */
  named: Digest;
}

/**
 * Finds the manifest that a name stands for, on `platform` if it is an index.
 * @throws NotFound (also: no manifest for the platform), InvalidArgument, DataLoss
 */
export async function resolveManifest(
  repository: Repository,
  reference: Reference,
  platform: Platform,
  signal?: AbortSignal,
): Promise<ResolvedManifest> {
  const what = familiarString(reference);
  const top = await fetchDocument(repository, reference.digest ?? reference.tag ?? "latest", what, signal);
  if (reference.digest !== undefined && top.descriptor.digest !== reference.digest) {
    throw new DataLoss(`manifest verification failed for digest ${reference.digest}`);
  }
  if (!top.isIndex) {
    return { ...top, manifest: parseManifest(top.bytes, `manifest of ${what}`), named: top.descriptor.digest };
  }
  const index = parseIndex(top.bytes, `index of ${what}`);
  const chosen = selectManifest(index.manifests, platform);
  if (chosen === undefined) {
    throw new NotFound(`no matching manifest for ${formatPlatform(platform)} in the manifest list entries of ${what}`);
  }
  const inner = await fetchDocument(repository, chosen.digest, what, signal);
  if (inner.descriptor.digest !== chosen.digest) {
    throw new DataLoss(`manifest verification failed for digest ${chosen.digest}`);
  }
  if (inner.isIndex) {
    throw new InvalidArgument(`index of ${what}: an index within an index is not read`);
  }
  return { ...inner, manifest: parseManifest(inner.bytes, `manifest of ${what}`), named: top.descriptor.digest };
}

async function requestManifest(repository: Repository, name: string, signal?: AbortSignal): Promise<HttpResponse> {
  try {
    return await repository.request({
      method: "GET",
      path: `manifests/${name}`,
      headers: { accept },
      expect: [200],
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (isEngineError(error, "unauthenticated") && error.message === "no basic auth credentials") {
      const url = new URL(`${repository.name}/manifests/${name}`, await repository.base(signal));
      throw new Unauthenticated(`Head "${url.href}": ${error.message}`, { cause: error });
    }
    throw error;
  }
}

const tagList = z.object({ tags: z.array(z.string()).max(100_000).nullish() });
const maxTagList = 16 << 20;

/** All tags of a repository, as the registry has them (distribution-spec, Listing Tags). @throws NotFound */
export async function listTags(repository: Repository, signal?: AbortSignal): Promise<string[]> {
  const request = { method: "GET" as const, path: "tags/list", expect: [200] };
  const response = await repository.request({ ...request, ...(signal === undefined ? {} : { signal }) });
  const document = parseJson(await readBody(response, maxTagList), "list of tags", maxTagList);
  const tags = tagList.safeParse(document).data?.tags ?? [];
  return tags.filter((tag) => isTag(tag));
}

/** What a name stands for, and for which platforms (dockerd's order of keys is its own). @throws NotFound */
export async function inspectManifest(
  repository: Repository,
  reference: Reference,
  signal?: AbortSignal,
): Promise<RemoteImage> {
  const what = familiarString(reference);
  const top = await fetchDocument(repository, reference.digest ?? reference.tag ?? "latest", what, signal);
  if (top.isIndex) {
    const { manifests } = parseIndex(top.bytes, `index of ${what}`);
    return { descriptor: top.descriptor, platforms: manifests.flatMap(({ platform }) => platform ?? []) };
  }
  const { config } = parseManifest(top.bytes, `manifest of ${what}`);
  const response = await repository.request({
    method: "GET",
    path: `blobs/${config.digest}`,
    expect: [200],
    ...(signal === undefined ? {} : { signal }),
  });
  const { architecture, os, variant } = parseImageConfig(await readBody(response, maxConfigSize), `config of ${what}`);
  const platform = { architecture, os, ...(variant === undefined ? {} : { variant }) };
  return { descriptor: top.descriptor, platforms: [platform] };
}

/** A manifest or an index, by tag or digest, which is not checked. */
export async function fetchDocument(repository: Repository, name: string, what: string, signal?: AbortSignal) {
  const response = await requestManifest(repository, name, signal);
  let bytes: Buffer;
  try {
    bytes = await readBody(response, maxManifestSize);
  } catch (error) {
    if (error instanceof OutOfRange) {
      throw new InvalidArgument(`manifest of ${what} is too large: at most ${maxManifestSize} bytes are read`);
    }
    throw error;
  }
  const isIndex = looksLikeIndex(bytes, `manifest of ${what}`);
  const told = response.headers["content-type"]?.split(";")[0]?.trim();
  const mediaType =
    Object.values<string>(mediaTypes).includes(told ?? "") && told !== undefined
      ? told
      : isIndex
        ? mediaTypes.ociIndex
        : mediaTypes.ociManifest;
  return { bytes, isIndex, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
