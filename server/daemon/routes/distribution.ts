import { isEngineError, NotFound, Unknown } from "../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";
import { registryAuth } from "../translate/registry-auth.ts";

/** What a registry says about a name, without pulling (Engine API, DistributionInspect). */
export function distributionRoutes({ transfer }: Pick<TenantEngine, "transfer">): Route[] {
  return [
    route("GET", "/distribution/{name*}/json", async ({ params, headers, signal }: Call) => {
      const auth = registryAuth(headers["x-registry-auth"]);
      try {
        const image = await transfer.inspect(params["name"] ?? "", { ...(auth === undefined ? {} : { auth }), signal });
        const { mediaType, digest, size } = image.descriptor;
        return json({ Descriptor: { mediaType, digest, size }, Platforms: image.platforms });
      } catch (error) {
        if (isEngineError(error, "unavailable", "unauthenticated")) {
          throw new Unknown(error.message, { cause: error });
        }
        // A repository that is not there has no manifest either: registries differ, dockerd does not.
        throw isEngineError(error, "not_found") && error.message.startsWith("name unknown")
          ? new NotFound("manifest unknown: manifest unknown", { cause: error })
          : error;
      }
    }),
  ];
}
