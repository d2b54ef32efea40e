import { NotFound, NotImplemented, Unknown } from "../../engine/errdefs/errors.ts";
import { json } from "../http/reply.ts";
import { type Call, type Method, type Route, route } from "../http/route.ts";

/** Requests about one plugin: there is none here, managed ones cannot be installed. */
const ofOne: readonly [Method, string][] = [
  ["GET", "/plugins/{name*}/json"],
  ["DELETE", "/plugins/{name*}"],
  ["POST", "/plugins/{name*}/enable"],
  ["POST", "/plugins/{name*}/disable"],
  ["POST", "/plugins/{name*}/upgrade"],
  ["POST", "/plugins/{name*}/push"],
  ["POST", "/plugins/{name*}/set"],
];

const install = [
  ["POST", "/plugins/pull"],
  ["POST", "/plugins/create"],
  ["GET", "/plugins/privileges"],
] as const;

/** Managed plugins, as a dockerd answers that has none. */
export function pluginRoutes(): Route[] {
  return [
    route("GET", "/plugins", () => json([])),
    ...install.map(([method, path]) =>
      route(method, path, () => {
        throw new NotImplemented("managed plugins are not implemented in this engine: use the drivers that it has");
      }),
    ),
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
