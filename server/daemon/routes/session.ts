import { InvalidArgument, NotImplemented, Unknown } from "../../engine/errdefs/errors.ts";
import type { RawStream } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

/**
 * BuildKit's session, which a client with `DOCKER_BUILDKIT=1` opens beside its build. There is no BuildKit here: the
 * session is left open and silent, so that the client shows what its build is answered (501, with what to do) and not
 * that the session failed.
 */
export function sessionRoutes(): Route[] {
  return [
    route("POST", "/session", ({ headers }) => {
      if (headers.upgrade !== "h2c") {
        throw new InvalidArgument("no upgrade proto in request");
      }
      return { kind: "hijack", contentType: "application/vnd.docker.raw-stream", run: untilClosed };
    }),
    route("POST", "/grpc", ({ headers }) => {
      throw headers.upgrade === "h2c"
        ? new NotImplemented("BuildKit is not implemented in this engine: build with DOCKER_BUILDKIT=0")
        : new Unknown("no upgrade proto in request");
    }),
  ];
}

async function untilClosed({ input }: RawStream): Promise<void> {
  for await (const chunk of input) {
    void chunk;
  }
}
