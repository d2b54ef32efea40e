import { InvalidArgument, NotFound, NotImplemented, Unknown } from "../../engine/errdefs/errors.ts";
import { readBody } from "../http/body.ts";
import { json } from "../http/reply.ts";
import { type Call, type Method, type Route, route } from "../http/route.ts";
import { Filters } from "../translate/filters.ts";

/** Requests about one plugin: there is none here, managed ones cannot be installed. */
const ofOne: readonly [Method, string][] = [
  ["GET", "/plugins/{name*}/json"],
  ["DELETE", "/plugins/{name*}"],
  ["POST", "/plugins/{name*}/enable"],
  ["POST", "/plugins/{name*}/disable"],
  ["POST", "/plugins/{name*}/upgrade"],
  ["POST", "/plugins/{name*}/push"],
];

/** Requests that would bring one, with what dockerd says where they bring nothing. */
const install = [
  ["/plugins/pull", "failed to parse privileges: EOF"],
  ["/plugins/create", "no rootfs found: EOF"],
] as const;

/** Managed plugins, as a dockerd answers that has none. */
export function pluginRoutes(): Route[] {
  return [
    route("GET", "/plugins", ({ query }) => {
      Filters.parse(query, ["enabled", "capability"]);
      return json([]);
    }),
    // Of a plugin that cannot be had there is nothing to be asked.
    route("GET", "/plugins/privileges", () => json([])),
    ...install.map(([path, nothing]) =>
      route("POST", path, async ({ body }) => {
        for await (const chunk of body) {
          if ((chunk as Buffer).length > 0) {
            throw new NotImplemented("managed plugins are not implemented in this engine: use the drivers that it has");
          }
        }
        throw new Unknown(nothing);
      }),
    ),
    route("POST", "/plugins/{name*}/set", async (call) => {
      if ((await readBody(call)).length === 0) {
        throw new InvalidArgument("got EOF while reading request body");
      }
      notFound(call);
    }),
    ...ofOne.map(([method, path]) => route(method, path, notFound)),
  ];
}

function notFound({ params, path, query }: Call): never {
  const timeout = query.string("timeout") ?? "";
  if (path.endsWith("/enable") && !/^-?\d+$/.test(timeout)) {
    throw new Unknown(`strconv.Atoi: parsing ${JSON.stringify(timeout)}: invalid syntax`);
  }
  throw new NotFound(`plugin ${JSON.stringify(params["name"] ?? "")} not found`);
}
