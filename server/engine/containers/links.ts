import { Unknown } from "../errdefs/errors.ts";
import type { NetworkService } from "../network/network-service.ts";
import type { ContainerTable } from "./container-table.ts";
import type { Container } from "./container.ts";

/** A linked container and its address. */
export interface LinkedContainer {
  alias: string;
  container: Container;
  address: string;
}

/** `container:alias` or `container` → alias → container. As dockerd: of an alias given twice the first counts, an empty one is none. */
export function linksOf(links: readonly string[]): Record<string, string> {
  const found = new Map<string, string>();
  for (const link of links) {
    const [target = "", name = target] = link.replace(/^\//, "").split(":");
    const alias = name.replace(/^.*\//, "");
    if (alias !== "" && !found.has(alias)) found.set(alias, target);
  }
  return Object.fromEntries(found);
}

/** @throws Unknown, as dockerd, which answers 500 (moby, opts/opts.go, ParseLink) */
export function checkLinks(links: readonly string[]): void {
  for (const link of links) {
    if (link === "") throw new Unknown("empty string specified for links");
    if (link.split(":").length > 2) throw new Unknown(`bad format for links: ${link}`);
  }
}

/** The other containers of a container's links. @throws Unknown, in dockerd's words, for one that does not run */
export function linkTargets(container: Container, table: Pick<ContainerTable, "all">): [alias: string, Container][] {
  return (container.host.linked ?? []).map(({ id, name, alias }) => {
    const other = table.all().find(({ record }) => record.id === id)?.record;
    if (other === undefined || other.pid <= 0) {
      throw new Unknown(
        `Cannot link to a non running container: /${other?.name ?? name} AS /${container.name}/${alias}`,
      );
    }
    return [alias, other];
  });
}

/** Those of a container's links that run, with their addresses on the default network. */
export function linkedContainers(
  { host: { linked = [] } }: Container,
  { table, networks }: { table: Pick<ContainerTable, "all">; networks: Pick<NetworkService, "get" | "endpoints"> },
): LinkedContainer[] {
  return linked.flatMap(({ id, alias }) => {
    const other = table.all().find(({ record }) => record.id === id)?.record;
    const [endpoint] = networks.endpoints({ sandboxId: id, networkId: networks.get("bridge").id });
    return other === undefined || endpoint === undefined ? [] : [{ alias, container: other, address: endpoint.ipv4 }];
  });
}

interface Port {
  number: number;
  protocol: string;
}

/**
 * The variables by which a container finds the one it is linked to: where its ports are, and its environment.
 * Docker's documentation, "Legacy container links"; moby, daemon/links.
 * @param own the name of the container that gets them
 */
export function linkEnvironment(own: string, { alias, container, address }: LinkedContainer): string[] {
  const prefix = alias.toUpperCase().replaceAll("-", "_");
  const ports = portsOf(container.config.exposedPorts);
  const lowest = ports.toSorted((a, b) => a.number - b.number || (a.protocol === "tcp" ? -1 : 1))[0];
  const url = ({ number, protocol }: Port) => `${protocol}://${address}:${number}`;
  return [
    ...(lowest === undefined ? [] : [`${prefix}_PORT=${url(lowest)}`]),
    ...runsOf(ports).flatMap(([first, last]) => {
      const [start, end] = [first, last].map((port) => `${prefix}_PORT_${port.number}_${port.protocol.toUpperCase()}`);
      return [
        `${start}_START=${url(first)}`,
        `${start}_ADDR=${address}`,
        `${start}_PROTO=${first.protocol}`,
        `${start}_PORT_START=${first.number}`,
        `${end}_END=${url(last)}`,
        `${end}_PORT_END=${last.number}`,
      ];
    }),
    ...ports.flatMap((port) => {
      const name = `${prefix}_PORT_${port.number}_${port.protocol.toUpperCase()}`;
      return [
        `${name}=${url(port)}`,
        `${name}_ADDR=${address}`,
        `${name}_PORT=${port.number}`,
        `${name}_PROTO=${port.protocol}`,
      ];
    }),
    `${prefix}_NAME=/${own}/${alias}`,
    ...container.config.env.flatMap((entry) =>
      /^(?:HOME|PATH)=|^[^=]*$/.test(entry) ? [] : [`${prefix}_ENV_${entry}`],
    ),
  ];
}

/** TCP first, then by number. */
function portsOf(exposed: readonly string[]): Port[] {
  return exposed
    .flatMap((text) => {
      const match = /^(\d{1,5})\/(\w+)$/.exec(text);
      return match === null ? [] : [{ number: Number(match[1]), protocol: (match[2] ?? "").toLowerCase() }];
    })
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0) || a.number - b.number,
    );
}

function rank({ protocol }: Port): number {
  return protocol === "tcp" ? 0 : 1;
}

/** First and last of ports that follow each other. */
function runsOf(ports: readonly Port[]): [Port, Port][] {
  const runs: [Port, Port][] = [];
  for (const port of ports) {
    const run = runs.at(-1);
    if (run !== undefined && run[1].number + 1 === port.number && run[1].protocol === port.protocol) {
      run[1] = port;
    } else {
      runs.push([port, port]);
    }
  }
  return runs.filter(([first, last]) => first !== last);
}
