import { z } from "zod";
import { InvalidArgument, NotFound } from "../../../engine/errdefs/errors.ts";
import type { Image } from "../../../engine/images/image-store.ts";
import * as platforms from "../../../engine/oci/platform.ts";
import type { ImageConfig, Platform } from "../../../engine/oci/types.ts";
import { atLeast } from "../../http/api-version.ts";
import { goJsonError } from "../../http/go-json.ts";
import type { Call } from "../../http/route.ts";

/** OCI image-spec, platform; what a client may leave out is an empty text. */
const text = z.string().nullish();
const platformSchema = z.object({ os: text, architecture: text, variant: text, "os.version": text });

/** The query's `platform` as clients write it by hand, since 1.32: `linux/arm64/v8`. @throws InvalidArgument */
export function parsePlatform({ query, version }: Pick<Call, "query" | "version">): Platform | undefined {
  const written = atLeast(version, "1.32") ? query.string("platform") : undefined;
  if (written === undefined) {
    return undefined;
  }
  return written.startsWith("{") ? decoded(written) : platforms.parsePlatform(written);
}

/**
 * A parameter that holds platforms as JSON, from the API version `since` on; older clients' is not read.
 * @throws InvalidArgument in dockerd's words
 */
export function decodePlatform(
  { query, version }: Pick<Call, "query" | "version">,
  since: string,
  { name = "platform", several = "multiple platform parameters not supported" } = {},
): Platform | undefined {
  if (!atLeast(version, since)) {
    return undefined;
  }
  const [first = "", ...more] = query.all(name);
  if (more.length > 0) {
    throw new InvalidArgument(several);
  }
  return first === "" ? undefined : decoded(first);
}

function decoded(json: string): Platform {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new InvalidArgument(`failed to parse platform: ${goJsonError(json)}`, { cause: error });
  }
  const result = platformSchema.safeParse(value);
  if (!result.success) {
    throw new InvalidArgument("failed to parse platform: it is no JSON object with os and architecture");
  }
  const { os, architecture, variant } = result.data;
  if (!os && !architecture && (variant || result.data["os.version"])) {
    throw new InvalidArgument("optional platform fields provided, but OS and Architecture are missing");
  }
  if (!os || !architecture) {
    throw new InvalidArgument("both OS and Architecture must be provided");
  }
  return platforms.normalisePlatform({ os, architecture, ...(variant ? { variant } : {}) });
}

/** Whether an image runs where `wanted` does; true if nothing was asked for. */
export function isOf(config: ImageConfig, wanted: Platform | undefined): boolean {
  return wanted === undefined || platforms.platformDistance(wanted, config) !== undefined;
}

/** An image is of one platform here: asked for another, it is not there. @throws NotFound in dockerd's words */
export function checkPlatform(image: Image, reference: string, wanted: Platform | undefined): void {
  if (wanted !== undefined && !isOf(image.config, wanted)) {
    throw new NotFound(
      `image with reference ${reference} was found but its platform (${platforms.formatPlatform(image.config)}) ` +
        `does not match the specified platform (${platforms.formatPlatform(wanted)})`,
    );
  }
}

/** Of `POST /containers/create`, whose clients know dockerd 20.10's words. @throws NotFound */
export function checkCreatePlatform(image: Image, reference: string, call: Call): void {
  const wanted = parsePlatform(call);
  if (wanted !== undefined && !isOf(image.config, wanted)) {
    throw new NotFound(
      `image with reference ${reference} was found but does not match the specified platform: ` +
        `wanted ${platforms.formatPlatform(wanted)}, actual: ${platforms.formatPlatform(image.config)}`,
    );
  }
}
