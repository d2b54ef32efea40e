import { z } from "zod";
import { InvalidArgument } from "../../errdefs/errors.ts";
import { type DiffID, type Digest, isDigest } from "../../oci/digest.ts";
import { parseJson } from "../../oci/json.ts";

/**
 * A build cache that travels, in BuildKit's format (moby/buildkit, cache/remotecache/v1): records by what they were made
 * from, and the layers that they are. The keys in it are ours: BuildKit can read ours and we its, and neither finds
 * anything in the other's.
 */
export interface CacheConfig {
  layers: CacheLayer[];
  records: PortableRecord[];
}

/** One layer on its parent, which is another's index; -1: on nothing. */
export interface CacheLayer {
  blob: Digest;
  parent: number;
  annotations?: LayerAnnotations;
}

export interface LayerAnnotations {
  mediaType?: string;
  diffID?: DiffID;
  /** compressed bytes */
  size?: number;
}

export interface PortableRecord {
  /** the operation's key; without inputs: a source's, or a content's digest */
  digest: Digest;
  /** for each input the records that it may be */
  inputs?: CacheLink[][];
  /** the stack up to that layer; without any only what was made from it is known */
  layers?: { layer: number; createdAt?: string }[];
}

export interface CacheLink {
  /** `content`: it is known by what was read of it */
  selector?: string;
  /** index of a record */
  link: number;
}

export const cacheConfigType = "application/vnd.buildkit.cacheconfig.v0";
export const contentSelector = "content";
/** As much as BuildKit reads, bytes. */
export const maxCacheConfig = 1 << 20;

const digest = z.string().refine((value): value is Digest => isDigest(value));
const index = z.number().int().min(0).default(0);
const records = z
  .array(
    z.object({
      digest: digest.optional(),
      inputs: z
        .array(z.array(z.object({ selector: z.string().optional(), link: index })).max(8))
        .max(1_000)
        .nullish(),
      layers: z
        .array(z.object({ layer: index, createdAt: z.string().optional() }))
        .max(8)
        .nullish(),
    }),
  )
  .max(20_000);
const config = z.object({
  layers: z
    .array(
      z.object({
        blob: digest,
        parent: z.number().int().min(-1).default(0),
        annotations: z
          .object({ mediaType: z.string().optional(), diffID: digest.optional(), size: z.number().optional() })
          .nullish(),
      }),
    )
    .max(10_000)
    .nullish(),
  records: records.nullish(),
});

/** @throws InvalidArgument */
export function parseCacheConfig(bytes: Uint8Array, what: string): CacheConfig {
  const parsed = config.safeParse(parseJson(bytes, what, maxCacheConfig));
  if (!parsed.success) {
    throw invalid(what, parsed.error);
  }
  return { layers: (parsed.data.layers ?? []) as CacheLayer[], records: complete(parsed.data.records ?? []) };
}

/** The records alone, as an image config has them (`moby.buildkit.cache.v0`). @throws InvalidArgument */
export function parseInlineRecords(base64: string, what: string): PortableRecord[] {
  const parsed = records.safeParse(parseJson(Buffer.from(base64, "base64"), what, maxCacheConfig));
  if (!parsed.success) {
    throw invalid(what, parsed.error);
  }
  return complete(parsed.data);
}

/** Numbers of records count: what has no digest stays, and is never found. */
function complete(parsed: z.infer<typeof records>): PortableRecord[] {
  return parsed.map(({ digest: own = "", inputs, layers }) => ({
    digest: own as Digest,
    ...(inputs === null || inputs === undefined ? {} : { inputs: inputs as CacheLink[][] }),
    ...(layers === null || layers === undefined ? {} : { layers: layers as { layer: number; createdAt?: string }[] }),
  }));
}

function invalid(what: string, error: z.ZodError): InvalidArgument {
  const [issue] = error.issues;
  return new InvalidArgument(`${what} is no build cache: at ${issue?.path.map(String).join(".")}: ${issue?.message}`);
}
