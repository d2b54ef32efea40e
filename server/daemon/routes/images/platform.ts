import { z } from "zod";
import { NotFound } from "../../../engine/errdefs/errors.ts";
import type { Image } from "../../../engine/images/image-store.ts";
import * as platforms from "../../../engine/oci/platform.ts";
import type { Platform } from "../../../engine/oci/types.ts";
import { check } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";

const platformSchema = z.object({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
});

/** The query's `platform`: `linux/arm64/v8`, or JSON as newer clients send it. @throws InvalidArgument */
export function parsePlatform(query: Query): Platform | undefined {
  const text = query.string("platform");
  if (text === undefined) {
    return undefined;
  }
  if (!text.startsWith("{")) {
    return platforms.parsePlatform(text);
  }
  const { os, architecture, variant } = check(platformSchema, query.json("platform"));
  const host = platforms.hostPlatform();
  return platforms.normalisePlatform({
    os: os || host.os,
    architecture: architecture || host.architecture,
    ...(variant ? { variant } : {}),
  });
}

/** An image is of one platform here: asked for another, it is not there. @throws NotFound in dockerd's words */
export function checkPlatform(image: Image, reference: string, query: Query): void {
  const wanted = parsePlatform(query);
  if (wanted !== undefined && platforms.platformDistance(wanted, image.config) === undefined) {
    throw new NotFound(
      `image with reference ${reference} was found but does not match the specified platform: ` +
        `wanted ${platforms.formatPlatform(wanted)}, actual: ${platforms.formatPlatform(image.config)}`,
    );
  }
}
