import { InvalidArgument, messageOf, NotFound, NotImplemented, Unknown } from "../../engine/errdefs/errors.ts";
import { familiarString, parseReference, type Reference } from "../../engine/reference/reference.ts";
import { checkPluginInstall } from "../../engine/tenants/policy-check.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { readBody } from "../http/body.ts";
import { json } from "../http/reply.ts";
import { type Call, type Method, type Route, route } from "../http/route.ts";
import { Filters } from "../translate/filters.ts";
import { registryAuth } from "../translate/registry-auth.ts";

/** Requests about one plugin: there is none here, managed ones cannot be installed. */
const ofOne: readonly [Method, string][] = [
  ["GET", "/plugins/{name*}/json"],
  ["DELETE", "/plugins/{name*}"],
  ["POST", "/plugins/{name*}/enable"],
  ["POST", "/plugins/{name*}/disable"],
  ["POST", "/plugins/{name*}/upgrade"],
  ["POST", "/plugins/{name*}/push"],
];

/** Managed plugins, as a dockerd answers that has none. */
export function pluginRoutes({ transfer, tenant }: Pick<TenantEngine, "transfer" | "tenant">): Route[] {
  return [
    route("GET", "/plugins", ({ query }) => {
      Filters.parse(query, ["enabled", "capability"]).bool("enabled");
      return json([]);
    }),
    // Of a plugin that cannot be had there is nothing to be asked.
    route("GET", "/plugins/privileges", ({ query }) => {
      nameOf(query.string("remote") ?? "");
      return json([]);
    }),
    route("POST", "/plugins/pull", (call) => {
      checkPluginInstall(tenant.rules);
      return pull(call, transfer);
    }),
    route("POST", "/plugins/create", async ({ query, body }) => {
      checkPluginInstall(tenant.rules);
      const name = query.string("name") ?? "";
      try {
        nameOf(name);
      } catch (error) {
        throw new Unknown(`failed to parse reference ${name}: ${messageOf(error)}`, { cause: error });
      }
      for await (const chunk of body) {
        if (Buffer.from(chunk as Buffer).includes("rootfs/")) throw new NotImplemented(notManaged);
      }
      throw new Unknown("no rootfs found: EOF");
    }),
    route("POST", "/plugins/{name*}/set", async (call) => {
      if ((await readBody(call)).length === 0) {
        throw new InvalidArgument("got EOF while reading request body");
      }
      notFound(call);
    }),
    ...ofOne.map(([method, path]) => route(method, path, notFound)),
  ];
}

const notManaged = "managed plugins are not implemented in this engine: use the drivers that it has";

/** @throws Unknown in dockerd's words */
function nameOf(name: string): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    throw new Unknown(messageOf(error), { cause: error });
  }
}

/** Says why it cannot be had, as dockerd, and of one that could, that there are none here. @throws Unknown, NotImplemented */
async function pull({ query, body, headers, signal }: Call, transfer: TenantEngine["transfer"]): Promise<never> {
  if ((await readBody({ body })).length === 0) {
    throw new Unknown("failed to parse privileges: EOF");
  }
  const remote = nameOf(query.string("remote") ?? "");
  const auth = registryAuth(headers["x-registry-auth"]);
  try {
    await transfer.inspect(query.string("remote") ?? "", { ...(auth === undefined ? {} : { auth }), signal });
  } catch (error) {
    const manifest = `${remote.path}/manifests/${remote.tag ?? remote.digest ?? "latest"}`;
    const why = messageOf(error).replace(
      /^Get "(https?:\/\/[^/"]+)\/v2\/": /,
      (_, host: string) => `failed to do request: Head "${host.replace("http:", "https:")}/v2/${manifest}": `,
    );
    throw new Unknown(`error resolving plugin reference: ${why}`, { cause: error });
  }
  throw new NotImplemented(notManaged);
}

function notFound({ params, path, query }: Call): never {
  const timeout = query.string("timeout") ?? "";
  if (path.endsWith("/enable") && !/^-?\d+$/.test(timeout)) {
    throw new Unknown(`strconv.Atoi: parsing ${JSON.stringify(timeout)}: invalid syntax`);
  }
  const name = params["name"] ?? "";
  const shown = path.endsWith("/upgrade") ? familiarString(nameOf(name)) : name;
  throw new NotFound(`plugin ${JSON.stringify(shown)} not found`);
}
