import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { z } from "zod";
import { InvalidArgument, isEngineError, NotImplemented, Unavailable, Unknown } from "../../engine/errdefs/errors.ts";
import { readBody, readJson } from "../http/body.ts";
import { type Method, type Route, route } from "../http/route.ts";
import { Filters } from "../translate/filters.ts";

const notManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const notSwarm = "This node is not part of a swarm";

const managerRoutes: readonly [Method, string][] = [
  ["GET", "/swarm"],
  ["GET", "/swarm/unlockkey"],
  ["GET", "/nodes/{id}"],
  ["DELETE", "/nodes/{id}"],
  ["POST", "/services/create"],
  ["GET", "/services/{id}"],
  ["DELETE", "/services/{id}"],
  ["GET", "/tasks/{id}"],
  ["POST", "/secrets/create"],
  ["GET", "/secrets/{id}"],
  ["DELETE", "/secrets/{id}"],
  ["POST", "/configs/create"],
  ["GET", "/configs/{id}"],
  ["DELETE", "/configs/{id}"],
];

/** Updates say of which version they are: that is looked at first, after the body. */
const versioned: readonly [Method, string, string][] = [
  ["POST", "/swarm/update", "invalid swarm version"],
  ["POST", "/nodes/{id}/update", "invalid node version"],
  ["POST", "/services/{id}/update", "invalid service version"],
  ["POST", "/secrets/{id}/update", "invalid secret version"],
  ["POST", "/configs/{id}/update", "invalid config version"],
];

/** Lists, whose parameters are looked at first; `wrong`: what of them is the client's mistake for dockerd. */
function listRoute(path: string, wrong: typeof InvalidArgument | typeof Unknown): Route {
  return route("GET", path, ({ query }) => {
    try {
      Filters.parse(query);
    } catch (error) {
      throw isEngineError(error, "unknown") ? new wrong(error.message, { cause: error }) : error;
    }
    const status = query.string("status") ?? "";
    if (path === "/services" && status !== "" && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(status)) {
      const why = `strconv.ParseBool: parsing ${JSON.stringify(status)}: invalid syntax`;
      throw new InvalidArgument(`invalid value for status: ${status}: ${why}`);
    }
    throw new Unavailable(notManager);
  });
}

const initSchema = z.object({ ListenAddr: z.string().default(""), AdvertiseAddr: z.string().default("") });
const joinSchema = initSchema.extend({
  RemoteAddrs: z.array(z.string()).nullish(),
  JoinToken: z.string().default(""),
});
const goInit = { type: "swarm.InitRequest", empty: "got EOF while reading request body" };
const goJoin = { type: "swarm.JoinRequest", empty: "got EOF while reading request body" };

/** @throws InvalidArgument in dockerd's words (moby, daemon/cluster, listen_addr.go) */
function checkAddresses({ ListenAddr: listen, AdvertiseAddr: advertise }: z.output<typeof initSchema>): void {
  if (listen === "") {
    throw new InvalidArgument('invalid ListenAddr "": invalid empty address');
  }
  if (!isAddress(listen)) {
    throw new InvalidArgument("listen address must be an IP address or network interface (with optional port number)");
  }
  if (advertise !== "" && (!isAddress(advertise) || /^(?:0\.0\.0\.0|\[?::\]?)(?::\d+)?$/.test(advertise))) {
    throw new InvalidArgument(
      "advertise address must be a non-zero IP address or network interface (with optional port number)",
    );
  }
}

function isAddress(text: string): boolean {
  const host = text.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(text) !== 0 || isIP(host) !== 0 || Object.hasOwn(networkInterfaces(), host);
}

const noSwarm = "swarm mode is not implemented in this engine";

/** Requests to make or join one: what is wrong with them is said first. */
function entryRoutes(): Route[] {
  return [
    route("POST", "/swarm/init", async (call) => {
      checkAddresses(await readJson(call, initSchema, [], goInit));
      throw new NotImplemented(noSwarm);
    }),
    route("POST", "/swarm/join", async (call) => {
      const body = await readJson(call, joinSchema, [], goJoin);
      checkAddresses(body);
      if ((body.RemoteAddrs ?? []).length === 0) {
        throw new InvalidArgument("at least 1 RemoteAddr is required to join");
      }
      if (!/^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/.test(body.JoinToken)) {
        throw new Unknown("invalid join token");
      }
      throw new NotImplemented(noSwarm);
    }),
  ];
}

/** What a dockerd answers that is not in a swarm. */
export function swarmRoutes(): Route[] {
  const refuse = (message: string) => () => {
    throw new Unavailable(message);
  };
  return [
    ...entryRoutes(),
    listRoute("/services", InvalidArgument),
    ...["/nodes", "/tasks", "/secrets", "/configs"].map((path) => listRoute(path, Unknown)),
    ...managerRoutes.map(([method, path]) => route(method, path, refuse(notManager))),
    route("POST", "/swarm/unlock", refuse(notManager)),
    ...["/services/{id}/logs", "/tasks/{id}/logs"].map((path) =>
      route("GET", path, ({ query }) => {
        if (!query.bool("stdout") && !query.bool("stderr")) {
          throw new Unknown("Bad parameters: you must choose at least one stream");
        }
        throw new Unavailable(notManager);
      }),
    ),
    route("POST", "/swarm/leave", refuse(notSwarm)),
    ...versioned.map(([method, path, message]) =>
      route(method, path, async ({ query, body }) => {
        if ((await readBody({ body })).length === 0) {
          throw new InvalidArgument("got EOF while reading request body");
        }
        const version = query.string("version") ?? "";
        if (!/^\d{1,20}$/.test(version)) {
          // dockerd says more of some than of others.
          const short = /secret|config/.test(message);
          const detail = ` '${version}': strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
          throw new InvalidArgument(short ? message : message + detail);
        }
        throw new Unavailable(notManager);
      }),
    ),
  ];
}
