import type { IncomingHttpHeaders } from "node:http";
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
      const wrong = wrongUpgrade(headers);
      if (wrong !== undefined) throw new InvalidArgument(wrong);
      return { kind: "hijack", opening: { protocol: "h2c" }, run: untilClosed };
    }),
    route("POST", "/grpc", ({ headers }) => {
      const wrong = wrongUpgrade(headers);
      throw wrong === undefined
        ? new NotImplemented("BuildKit is not implemented in this engine: build with DOCKER_BUILDKIT=0")
        : new Unknown(wrong);
    }),
  ];
}

/** dockerd's words for a client that asks for another protocol than HTTP/2, or for none. */
function wrongUpgrade({ upgrade }: IncomingHttpHeaders): string | undefined {
  if (upgrade === undefined) return "no upgrade proto in request";
  return upgrade === "h2c" ? undefined : `protocol ${upgrade} not supported`;
}

async function untilClosed({ input }: RawStream): Promise<void> {
  for await (const chunk of input) {
    void chunk;
  }
}
