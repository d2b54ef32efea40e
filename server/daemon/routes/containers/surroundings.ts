import { runtimePlaces } from "../../../engine/containers/init-layer.ts";
import type { Container } from "../../../engine/containers/container.ts";
import { isEngineError } from "../../../engine/errdefs/errors.ts";
import type { Network, NetworkService } from "../../../engine/network/network-service.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import type { ContainerSurroundings } from "../../translate/container-json.ts";
import type { SharedServices } from "../services.ts";

/** The networks a container is on, with its endpoints while it is up. */
export function networksOf(
  container: Container,
  networks: Pick<NetworkService, "get" | "endpoints">,
): ContainerSurroundings["networks"] {
  const endpoints = networks.endpoints({ sandboxId: container.id });
  const found = new Map<string, Pick<Network, "name" | "id">>();
  for (const key of [...Object.keys(container.networks), ...endpoints.map((endpoint) => endpoint.networkId)]) {
    try {
      const network = networks.get(key === "default" ? "bridge" : key);
      found.set(network.id, network);
    } catch (error) {
      if (!isEngineError(error, "not_found")) {
        throw error;
      }
      found.set(key, { name: key, id: "" });
    }
  }
  return [...found.values()].map((network) => ({
    network,
    endpoint: endpoints.find((endpoint) => endpoint.networkId === network.id),
  }));
}

/** The name the container was made from, if it still means that image, else the image's id. */
export function imageNameOf({ config, imageId }: Container, { images }: Pick<TenantEngine, "images">): string {
  return images.find(config.image)?.id === imageId ? config.image : imageId;
}

/** `--link` as inspect shows it: `/other:/container/alias` on the default network, as given on others. */
export function linksOf({ name, host }: Container, nameOf: (id: string) => string | undefined): readonly string[] {
  const linked = host.linked ?? [];
  return linked.length === 0
    ? host.links.filter((link) => !link.endsWith(":"))
    : linked.map((link) => `/${nameOf(link.id) ?? link.name}:/${name}/${link.alias}`);
}

/** Bytes that a container has written, and with its image. */
export async function sizesOf(
  container: Container,
  engine: Pick<TenantEngine, "images">,
  shared: Pick<SharedServices, "snapshots">,
): Promise<{ rw: number; rootFs: number }> {
  const { bytes, contents = bytes } = await shared.snapshots.usage(container.snapshotKey, runtimePlaces);
  return { rw: contents, rootFs: contents + (engine.images.find(container.imageId)?.size ?? 0) };
}
