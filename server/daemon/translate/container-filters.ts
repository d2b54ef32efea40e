import type { Container } from "../../engine/containers/container.ts";
import { InvalidArgument, NotFound, Unknown, isEngineError } from "../../engine/errdefs/errors.ts";
import { type Filters, nameMatches } from "./filters.ts";
import { goNumberError } from "./go-errors.ts";
import { exposedPort } from "./ports.ts";
import { isLeftOut } from "./workstation.ts";

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

const healths = new Set(["none", "starting", "healthy", "unhealthy"]);

/** @throws InvalidArgument in dockerd's words (moby, daemon/list.go, foldFilter) */
function checkValues(filters: Filters): void {
  const refuse = (message: string) => {
    throw new InvalidArgument(message);
  };
  for (const code of filters.get("exited").filter((value) => !/^[+-]?\d+$/.test(value))) {
    throw new Unknown(goNumberError(code, "Atoi")); // 500 with dockerd
  }
  for (const status of filters.get("status").filter((value) => !statuses.has(value))) {
    refuse(`Invalid filter 'status=${status}'`);
  }
  const isTask = filters.get("is-task");
  if (isTask.length > 0 && !isTask.includes("true") && !isTask.includes("false")) {
    refuse(`Invalid filter 'is-task=[${isTask.join(" ")}]'`);
  }
  for (const health of filters.get("health").filter((value) => !healths.has(value))) {
    refuse(`Unrecognised filter value for health: ${health}`);
  }
  for (const name of ["publish", "expose"]) {
    for (const range of filters.get(name)) {
      portRange(name, range);
    }
  }
}

/** True for filters that look at containers that do not run too, even without `all`. */
export function impliesAll(filters: Filters): boolean {
  return filters.has("status");
}

/** A network by its name, or the beginning of its id. */
function isOn(networks: ReadonlySet<string>, wanted: string): boolean {
  return [...networks].some((key) => key === wanted || (/^[0-9a-f]{64}$/.test(key) && key.startsWith(wanted)));
}

/** @throws InvalidArgument for values that cannot be */
export function selectContainers(all: readonly Container[], filters: Filters, context: FilterContext): Container[] {
  checkValues(filters);
  const created = (name: string) => {
    try {
      return context.find(name).createdAt;
    } catch (error) {
      throw isEngineError(error, "not_found") ? new NotFound(`no such container ${name}`, { cause: error }) : error;
    }
  };
  const before = filters.get("before").map(created);
  const since = filters.get("since").map(created);
  const ids = new Set(filters.get("id").flatMap((start) => onlyOne(all, start)));
  const ancestors = filters.get("ancestor").map((image) => context.descendants(image));
  return all.filter(
    (container) =>
      !isLeftOut(container, filters) &&
      before.every((time) => container.createdAt < time) &&
      since.every((time) => container.createdAt > time) &&
      (ancestors.length === 0 || ancestors.some((ids) => ids.has(container.imageId))) &&
      (!filters.has("id") || ids.has(container.id)) &&
      fitsState(container, filters) &&
      fitsIdentity(container, filters) &&
      fitsSurroundings(container, filters, context),
  );
}

/** The id that begins so, if it is the only one (moby, daemon/list.go, filterByNameIDMatches). */
function onlyOne(all: readonly Container[], start: string): string[] {
  const found = start === "" ? [] : all.filter(({ id }) => id.startsWith(start));
  return found.length === 1 ? found.map(({ id }) => id) : [];
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
  return filters.any("name", (name) => nameMatches(name, container.name)) && filters.labels(container.config.labels);
}

function fitsSurroundings(container: Container, filters: Filters, context: FilterContext): boolean {
  return (
    filters.any("network", (network) => isOn(context.networks(container), network)) &&
    filters.any("volume", (volume) =>
      container.mounts.some((mount) => mount.name === volume || mount.target === volume || mount.source === volume),
    ) &&
    portsFit(container, filters)
  );
}

/** Of the ports of a running container; published ones are meant by their number on the host. */
function portsFit(container: Container, filters: Filters): boolean {
  const published = container.ports.map(({ hostPort, protocol }) => ({ port: hostPort, protocol }));
  const open =
    container.pid === 0
      ? []
      : [
          ...container.ports.map(({ containerPort, protocol }) => ({ port: containerPort, protocol })),
          ...container.config.exposedPorts.flatMap((port) => exposedPort(port) ?? []),
        ];
  const fits = (ports: readonly { port: number; protocol: string }[], name: string, text: string) => {
    const range = portRange(name, text);
    return ports.some(({ port, protocol }) => port >= range.first && port <= range.last && protocol === range.protocol);
  };
  return (
    (!filters.has("publish") && !filters.has("expose")) ||
    filters.get("publish").some((range) => fits(published, "publish", range)) ||
    filters.get("expose").some((range) => fits(open, "expose", range))
  );
}

/** `8000-8080/tcp`, `80`. @throws Unknown, as dockerd, which answers 500 (moby, daemon/list.go, portOp) */
function portRange(filter: string, text: string): { first: number; last: number; protocol: string } {
  if (text.includes(":")) {
    throw new Unknown(`filter for '${filter}' should not contain ':': ${text}`);
  }
  const wrong = (why: string) => new Unknown(`error while looking up for ${filter} ${text}: ${why}`);
  const [range = "", protocol = ""] = text.split("/");
  if (range === "") throw wrong("Empty string specified for ports.");
  const [first = 0, last = first] = range.split("-").map((word) => {
    const number = Number(word);
    if (/^\d+$/.test(word) && number <= 65_535) return number;
    const why = /^\d+$/.test(word) ? "value out of range" : "invalid syntax";
    throw wrong(`strconv.ParseUint: parsing ${JSON.stringify(word)}: ${why}`);
  });
  if (last < first) throw wrong(`Invalid range specified for the Port: ${range}`);
  return { first, last, protocol: protocol === "" ? "tcp" : protocol };
}
