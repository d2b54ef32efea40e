import { DataLoss, InvalidArgument, NotFound, OutOfRange } from "../errdefs/errors.ts";
import { digestOf, type Digest } from "../oci/digest.ts";
import { formatPlatform, selectManifest } from "../oci/platform.ts";
import { mediaTypes, type Descriptor, type Manifest, type Platform } from "../oci/types.ts";
import { looksLikeIndex, maxManifestSize, parseIndex, parseManifest } from "../oci/validate.ts";
import { familiarString, type Reference } from "../reference/reference.ts";
import { readBody } from "./http-client.ts";
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

async function fetchDocument(repository: Repository, name: string, what: string, signal?: AbortSignal) {
  const response = await repository.request({
    method: "GET",
    path: `manifests/${name}`,
    headers: { accept },
    expect: [200],
    ...(signal === undefined ? {} : { signal }),
  });
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
