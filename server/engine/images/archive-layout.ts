import { z } from "zod";
import { InvalidArgument } from "../errdefs/errors.ts";
import { parseJson } from "../oci/json.ts";
import { hostPlatform, selectManifest } from "../oci/platform.ts";
import { mediaTypes, type Descriptor } from "../oci/types.ts";
import {
  looksLikeIndex,
  maxLayers,
  maxManifestSize,
  parseIndex,
  parseManifest,
  tooManyLayers,
} from "../oci/validate.ts";
import { familiarString, parseName, parseReference } from "../reference/reference.ts";
import { type Digest, hexOf, isDigest } from "../oci/digest.ts";

/** One image of an archive: where its parts are. */
export interface ArchivedImage {
  /** name of the config's file in the archive */
  config: string;
  /** names of the layers' files, lowest first */
  layers: string[];
  tags: string[];
  /** id of the image it was made from, as the archive says */
  parent: Digest | undefined;
}

/** Files of an archive by name. */
export interface ArchiveFiles {
  has(name: string): boolean;
  /** @throws InvalidArgument: not there, or larger than `limit` bytes */
  read(name: string, limit: number): Buffer;
}

const maxImages = 1_000;
/** of one image */
const maxNames = 1_000;
const dockerManifest = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z.array(z.string()).max(maxNames).nullish(),
      Layers: z.array(z.string()).max(maxLayers, tooManyLayers).nullish(),
      Parent: z.string().nullish(),
    }),
  )
  .max(maxImages)
  .nullable();

/** The images of a Docker archive (image-spec of moby, v1.2) or an OCI layout (image-spec image-layout.md). @throws InvalidArgument */
export function readLayout(files: ArchiveFiles): ArchivedImage[] {
  if (files.has("manifest.json")) {
    return readDocker(files);
  }
  if (files.has("index.json")) {
    return readOci(files, files.read("index.json", maxManifestSize), []);
  }
  throw new InvalidArgument(
    "this is no image archive: it has neither manifest.json nor index.json (for a file system's tar use docker import)",
  );
}

/** What to do about a list of images that is none. */
const expected =
  'it is a list of images, [{"Config":"FILE","RepoTags":["NAME:TAG"],"Layers":["FILE"]}], as docker save writes it: save the image anew, or mend that file';

function manifestOf(files: ArchiveFiles): unknown {
  const bytes = files.read("manifest.json", maxManifestSize);
  try {
    return parseJson(bytes, "manifest.json", maxManifestSize);
  } catch (error) {
    throw error instanceof InvalidArgument
      ? new InvalidArgument(`${error.message}; ${expected}`, { cause: error })
      : error;
  }
}

function readDocker(files: ArchiveFiles): ArchivedImage[] {
  const result = dockerManifest.safeParse(manifestOf(files));
  if (!result.success) {
    const [issue] = result.error.issues;
    const at = issue?.path.length === 0 ? "" : ` at ${issue?.path.map(String).join(".")}`;
    throw new InvalidArgument(`manifest.json is invalid${at}: ${issue?.message}; ${expected}`);
  }
  return (result.data ?? []).map((entry) => ({
    config: entry.Config,
    layers: entry.Layers ?? [],
    tags: (entry.RepoTags ?? []).map(tagOf),
    parent: isDigest(entry.Parent ?? "") ? (entry.Parent as Digest) : undefined,
  }));
}

/** @throws InvalidArgument unless it is a name with a tag */
function tagOf(text: string): string {
  const parsed = parseName(text);
  if (parsed.tag === undefined || parsed.digest !== undefined) {
    throw new InvalidArgument(`invalid tag ${JSON.stringify(text)}`);
  }
  return familiarString(parsed);
}

function readOci(files: ArchiveFiles, bytes: Buffer, outerTags: readonly string[], depth = 0): ArchivedImage[] {
  if (depth > 2) {
    throw new InvalidArgument("index.json: indexes are nested too deeply");
  }
  const index = parseIndex(bytes, "index.json");
  // Within an index of platforms one is chosen; the outermost lists images.
  const chosen = depth === 0 ? index.manifests : [selectManifest(index.manifests, hostPlatform())];
  if (chosen.length > maxImages) {
    throw new InvalidArgument(`index.json names more than ${maxImages} images`);
  }
  return chosen.flatMap((descriptor) => {
    if (descriptor === undefined) {
      throw new InvalidArgument("index.json: no image for this machine's platform");
    }
    const tags = [...outerTags, ...tagsOf(descriptor)];
    const document = files.read(blobName(descriptor), maxManifestSize);
    if (looksLikeIndex(document)) {
      return readOci(files, document, tags, depth + 1);
    }
    const manifest = parseManifest(document);
    if (manifest.config.mediaType !== mediaTypes.ociConfig && manifest.config.mediaType !== mediaTypes.dockerConfig) {
      return [];
    }
    return [{ config: blobName(manifest.config), layers: manifest.layers.map(blobName), tags, parent: undefined }];
  });
}

/** containerd puts the whole name beside the specification's tag alone. */
function tagsOf(descriptor: Descriptor): string[] {
  const name = descriptor.annotations?.["io.containerd.image.name"];
  const reference = name ?? descriptor.annotations?.["org.opencontainers.image.ref.name"];
  // A bare tag such as `latest` names no image.
  const usable = reference !== undefined && (name !== undefined || /[/:]/.test(reference));
  return usable ? [familiarString(parseReference(reference))] : [];
}

export function blobName(descriptor: Pick<Descriptor, "digest">): string {
  return `blobs/sha256/${hexOf(descriptor.digest)}`;
}
