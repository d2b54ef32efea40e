import type { Container } from "../../engine/containers/container.ts";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import { type Filters, nameMatches } from "./filters.ts";
import { parsePort } from "./ports.ts";

/** Filters of `docker ps` (Engine API, ContainerList). */
export const containerFilterNames = [
  "ancestor",
  "before",
  "expose",
  "exited",
  "health",
  "id",
  "isolation",
  "is-task",
  "label",
  "label!",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
] as const;

const statuses = new Set(["created", "running", "paused", "restarting", "removing", "exited", "dead"]);

export interface FilterContext {
  /** by name or id. @throws NotFound */
  find: (nameOrId: string) => Container;
  /** ids of the image and of what was built on it. @returns an empty set for an unknown image */
  descendants: (image: string) => ReadonlySet<string>;
  /** names and ids of the container's networks */
  networks: (container: Container) => ReadonlySet<string>;
}

/** True for filters that look at containers that do not run too, even without `all`. */
export function impliesAll(filters: Filters): boolean {
  return filters.has("status") || filters.has("exited");
}

/** @throws InvalidArgument for values that cannot be */
export function selectContainers(all: readonly Container[], filters: Filters, context: FilterContext): Container[] {
  for (const status of filters.get("status")) {
    if (!statuses.has(status)) {
      throw new InvalidArgument(`invalid filter 'status=${status}'`);
    }
  }
  const before = filters.get("before").map((name) => context.find(name).createdAt);
  const since = filters.get("since").map((name) => context.find(name).createdAt);
  const ancestors = filters.get("ancestor").map((image) => context.descendants(image));
  return all.filter(
    (container) =>
      before.every((time) => container.createdAt < time) &&
      since.every((time) => container.createdAt > time) &&
      (ancestors.length === 0 || ancestors.some((ids) => ids.has(container.imageId))) &&
      fitsState(container, filters) &&
      fitsIdentity(container, filters) &&
      fitsSurroundings(container, filters, context),
  );
}

function fitsState(container: Container, filters: Filters): boolean {
  return (
    filters.any("status", (status) => container.status === status) &&
    filters.any(
      "exited",
      (code) => container.finishedAt !== undefined && container.pid === 0 && String(container.exitCode) === code,
    ) &&
    filters.any("health", (health) => (container.health?.status ?? "none") === health) &&
    filters.any("is-task", (value) => value === "false" || value === "0")
  );
}

function fitsIdentity(container: Container, filters: Filters): boolean {
  return (
    filters.any("id", (id) => container.id.startsWith(id)) &&
    filters.any("name", (name) => nameMatches(name, container.name)) &&
    filters.labels(container.config.labels)
  );
}

function fitsSurroundings(container: Container, filters: Filters, context: FilterContext): boolean {
  return (
    filters.any("network", (network) => context.networks(container).has(network)) &&
    filters.any("volume", (volume) =>
      container.mounts.some((mount) => mount.name === volume || mount.target === volume || mount.source === volume),
    ) &&
    filters.any("expose", (range) => container.config.exposedPorts.some((port) => inRange(port, range))) &&
    filters.any("publish", (range) =>
      container.ports.some((binding) => inRange(`${binding.containerPort}/${binding.protocol}`, range)),
    )
  );
}

/** `8000-8080/tcp`, `80`. */
function inRange(port: string, range: string): boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(range);
  if (match === null) {
    throw new InvalidArgument(`invalid filter: '${range}' is no port or range of ports`);
  }
  const { port: number, protocol } = parsePort(port);
  const low = Number(match[1]);
  return number >= low && number <= Number(match[2] ?? low) && protocol === (match[3] ?? "tcp");
}
