import { NotImplemented } from "../../engine/errdefs/errors.ts";
import { type Route, route } from "../http/route.ts";

/** What a registry says about a name, without pulling (Engine API, DistributionInspect). */
export function distributionRoutes(): Route[] {
  return [
    route("GET", "/distribution/{name*}/json", () => {
      throw new NotImplemented("inspecting an image at its registry is not implemented in this engine: pull it");
    }),
  ];
}
