import { NotImplemented } from "../../engine/errdefs/errors.ts";
import { type Method, type Route, route } from "../http/route.ts";

/** dockerd's words for what is experimental, which it is not started for (moby, api/server/middleware/experimental.go). */
const experimental =
  "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.";

/** Documented endpoints that this engine does not have, each with the reason a client is told. */
const missing: readonly [Method, string, string][] = [
  ["GET", "/containers/{id*}/checkpoints", experimental],
  ["POST", "/containers/{id*}/checkpoints", experimental],
  ["DELETE", "/containers/{id}/checkpoints/{checkpoint}", experimental],
];

/** 501 with a message: never a wrong answer, and never `page not found` for what is documented. */
export function unimplementedRoutes(): Route[] {
  return missing.map(([method, path, message]) =>
    route(method, path, () => {
      throw new NotImplemented(message);
    }),
  );
}
