import type { Container } from "../../engine/containers/container.ts";
import { type ApiVersion, atLeast } from "../http/api-version.ts";
import { type ContainerSurroundings, hasPorts, mountPointsJson } from "./container-json.ts";
import { networksJson } from "./endpoint-json.ts";
import { exposedPort } from "./ports.ts";
import { humanDuration } from "./time.ts";

/**
 * One row of `docker ps` (Engine API, ContainerSummary).
 * @param imageName the name the client gave, or the id if that name is now another image's
 */
export function containerSummary(
  container: Container,
  around: {
    aliases?: readonly string[];
    imageName: string;
    networks: ContainerSurroundings["networks"];
    sizes: ContainerSurroundings["sizes"];
    version: ApiVersion;
  },
  now: number,
): object {
  return {
    Id: container.id,
    Names: [`/${container.name}`, ...(around.aliases ?? [])],
    Image: around.imageName,
    ImageID: container.imageId,
    Command: commandLine(container),
    Created: Math.floor(container.createdAt / 1000),
    Ports: ports(container),
    ...(around.sizes === undefined
      ? {}
      : { ...(around.sizes.rw === 0 ? {} : { SizeRw: around.sizes.rw }), SizeRootFs: around.sizes.rootFs }),
    Labels: container.config.labels,
    State: container.status,
    Status: statusText(container, now),
    HostConfig: hostSummary(container, around.version),
    NetworkSettings: { Networks: networksJson(container, around.networks) },
    Mounts: mountPointsJson(container),
  };
}

function hostSummary({ host: { networkMode, annotations } }: Container, version: ApiVersion): object {
  const annotated = Object.keys(annotations).length > 0 && atLeast(version, "1.46");
  return { NetworkMode: networkMode, ...(annotated ? { Annotations: annotations } : {}) };
}

/** The program and its arguments; those with blanks are quoted, as dockerd does. */
function commandLine(container: Container): string {
  const [path = "", ...args] = [...container.config.entrypoint, ...container.config.cmd];
  return [path, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

function ports(container: Container): object[] {
  if (!hasPorts(container)) {
    return [];
  }
  const published = container.ports.map((binding) => ({
    IP: binding.hostAddress,
    PrivatePort: binding.containerPort,
    PublicPort: binding.hostPort,
    Type: binding.protocol,
  }));
  const bound = new Set(container.ports.map((binding) => `${binding.containerPort}/${binding.protocol}`));
  const exposed = container.config.exposedPorts
    .filter((port) => !bound.has(port))
    .flatMap((text) => {
      const found = exposedPort(text);
      return found === undefined ? [] : [{ PrivatePort: found.port, Type: found.protocol }];
    });
  return [...exposed, ...published].toSorted((a, b) => a.PrivatePort - b.PrivatePort);
}

/** `Up 3 minutes (healthy)`, `Exited (0) 2 hours ago`, `Created`. */
export function statusText(container: Container, now: number): string {
  const since = (time: number | undefined) => humanDuration(Math.max(0, now - (time ?? now)));
  switch (container.status) {
    case "created":
      return "Created";
    case "dead":
      return "Dead";
    case "removing":
      return "Removal In Progress";
    case "restarting":
      return `Restarting (${container.exitCode}) ${since(container.finishedAt)} ago`;
    case "exited":
      return `Exited (${container.exitCode}) ${since(container.finishedAt)} ago`;
    case "paused":
      return `Up ${since(container.startedAt)} (Paused)`;
    case "running":
    default:
      return `Up ${since(container.startedAt)}${healthText(container)}`;
  }
}

function healthText(container: Container): string {
  if (container.health === undefined) {
    return "";
  }
  return container.health.status === "starting" ? " (health: starting)" : ` (${container.health.status})`;
}
