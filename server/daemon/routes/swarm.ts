import { NotFound, Unavailable } from "../../engine/errdefs/errors.ts";
import { json } from "../http/reply.ts";
import { type Method, type Route, route } from "../http/route.ts";

const notManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const notSwarm = "This node is not part of a swarm";

const managerRoutes: readonly [Method, string][] = [
  ["GET", "/swarm"],
  ["POST", "/swarm/update"],
  ["GET", "/swarm/unlockkey"],
  ["GET", "/nodes"],
  ["GET", "/nodes/{id}"],
  ["DELETE", "/nodes/{id}"],
  ["POST", "/nodes/{id}/update"],
  ["GET", "/services"],
  ["POST", "/services/create"],
  ["GET", "/services/{id}"],
  ["DELETE", "/services/{id}"],
  ["POST", "/services/{id}/update"],
  ["GET", "/services/{id}/logs"],
  ["GET", "/tasks"],
  ["GET", "/tasks/{id}"],
  ["GET", "/tasks/{id}/logs"],
  ["GET", "/secrets"],
  ["POST", "/secrets/create"],
  ["GET", "/secrets/{id}"],
  ["DELETE", "/secrets/{id}"],
  ["POST", "/secrets/{id}/update"],
  ["GET", "/configs"],
  ["POST", "/configs/create"],
  ["GET", "/configs/{id}"],
  ["DELETE", "/configs/{id}"],
  ["POST", "/configs/{id}/update"],
  ["PUT", "/volumes/{name}"],
];

const memberRoutes: readonly [Method, string][] = [
  ["POST", "/swarm/leave"],
  ["POST", "/swarm/unlock"],
];

/** What a dockerd answers that is not in a swarm; and it has no plugins. */
export function swarmRoutes(): Route[] {
  const refuse = (message: string) => () => {
    throw new Unavailable(message);
  };
  return [
    ...managerRoutes.map(([method, path]) => route(method, path, refuse(notManager))),
    ...memberRoutes.map(([method, path]) => route(method, path, refuse(notSwarm))),
    route("GET", "/plugins", () => json([])),
    // `docker inspect` asks here last whether there is such an object.
    route("GET", "/plugins/{name*}/json", ({ params }) => {
      throw new NotFound(`plugin ${JSON.stringify(params["name"] ?? "")} not found`);
    }),
  ];
}
