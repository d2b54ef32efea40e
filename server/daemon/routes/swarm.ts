import { InvalidArgument, Unavailable, Unknown } from "../../engine/errdefs/errors.ts";
import { readBody } from "../http/body.ts";
import { type Method, type Route, route } from "../http/route.ts";

const notManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const notSwarm = "This node is not part of a swarm";

const managerRoutes: readonly [Method, string][] = [
  ["GET", "/swarm"],
  ["GET", "/swarm/unlockkey"],
  ["GET", "/nodes"],
  ["GET", "/nodes/{id}"],
  ["DELETE", "/nodes/{id}"],
  ["GET", "/services"],
  ["POST", "/services/create"],
  ["GET", "/services/{id}"],
  ["DELETE", "/services/{id}"],
  ["GET", "/tasks"],
  ["GET", "/tasks/{id}"],
  ["GET", "/secrets"],
  ["POST", "/secrets/create"],
  ["GET", "/secrets/{id}"],
  ["DELETE", "/secrets/{id}"],
  ["GET", "/configs"],
  ["POST", "/configs/create"],
  ["GET", "/configs/{id}"],
  ["DELETE", "/configs/{id}"],
  ["PUT", "/volumes/{name}"],
];

/** Updates say of which version they are: that is looked at first, after the body. */
const versioned: readonly [Method, string, string][] = [
  ["POST", "/swarm/update", "invalid swarm version"],
  ["POST", "/nodes/{id}/update", "invalid node version"],
  ["POST", "/services/{id}/update", "invalid service version"],
  ["POST", "/secrets/{id}/update", "invalid secret version"],
  ["POST", "/configs/{id}/update", "invalid config version"],
];

/** What a dockerd answers that is not in a swarm. */
export function swarmRoutes(): Route[] {
  const refuse = (message: string) => () => {
    throw new Unavailable(message);
  };
  return [
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
