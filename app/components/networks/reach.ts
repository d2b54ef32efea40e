import type { NetworkPicture, PicturedContainer, PicturedNetwork } from "#contract/network-picture.ts";

/** That one container reaches another, and how. */
export interface Reach {
  container: PicturedContainer;
  /** over which network, at which address */
  network: PicturedNetwork;
  address: string;
  /** also by its name */
  byName: boolean;
}

/** Whom a running container reaches: who runs on one of its networks. By name where the network serves names. */
export function reachedFrom({ networks, containers }: NetworkPicture, from: PicturedContainer): Reach[] {
  if (!from.running) return [];
  return from.places.flatMap(({ network: id }) => {
    const network = networks.find((each) => each.id === id);
    if (network === undefined) return [];
    return containers.flatMap((container) => {
      const place = container.places.find((each) => each.network === id);
      const isOther = container.id !== from.id && container.running;
      return !isOther || place === undefined || place.address === ""
        ? []
        : [{ container, network, address: place.address, byName: network.names }];
    });
  });
}

/** Whether it gets out: one of its networks has a way. */
export function getsOut({ networks }: NetworkPicture, { places, running }: PicturedContainer): boolean {
  const leads = ({ internal, driver }: PicturedNetwork): boolean => !internal && driver !== "null" && driver !== "none";
  return running && networks.some((network) => leads(network) && places.some((place) => place.network === network.id));
}

/** As they stand beside the networks: who is on the upper ones is above, so that few lines cross. */
export function drawnContainers(
  { containers }: Pick<NetworkPicture, "containers">,
  networks: readonly PicturedNetwork[],
): PicturedContainer[] {
  const rows = new Map(networks.map(({ id }, row) => [id, row]));
  const middle = ({ places }: PicturedContainer): number => {
    const of = places.flatMap(({ network }) => rows.get(network) ?? []);
    return of.length === 0 ? networks.length : of.reduce((sum, row) => sum + row, 0) / of.length;
  };
  return containers.toSorted((one, two) => middle(one) - middle(two));
}

/** Networks that are drawn: those in use, and the learner's own; `host` and `none` only with somebody on them. */
export function drawnNetworks({ networks, containers }: NetworkPicture): PicturedNetwork[] {
  const used = new Set(containers.flatMap(({ places }) => places.map(({ network }) => network)));
  return networks.filter(({ id, names }) => used.has(id) || names);
}
