import { NotImplemented } from "../../engine/errdefs/errors.ts";
import { type Method, type Route, route } from "../http/route.ts";

/** Documented endpoints that this engine does not have (yet), each with the reason a client is told. */
const missing: readonly [Method, string, string][] = [
  ["POST", "/containers/{id*}/checkpoints", "checkpoints are not implemented in this engine"],
  ["GET", "/containers/{id*}/checkpoints", "checkpoints are not implemented in this engine"],
];

/** 501 with a message: never a wrong answer, and never `page not found` for what is documented. */
export function unimplementedRoutes(): Route[] {
  return missing.map(([method, path, message]) =>
    route(method, path, () => {
      throw new NotImplemented(message);
    }),
  );
}
