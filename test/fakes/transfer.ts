import { Readable } from "node:stream";
import type { Image } from "../../server/engine/images/image-store.ts";
import { LocalImageStore } from "../../server/engine/images/local.ts";
import { LocalLayerBlobs } from "../../server/engine/layers/blobs.ts";
import type { LayerID } from "../../server/engine/layers/layer-store.ts";
import { Database } from "../../server/engine/metadata/database.ts";
import { BlobSources } from "../../server/engine/remotes/blob-sources.ts";
import { Fetcher } from "../../server/engine/remotes/fetcher.ts";
import type { RegistrySettings } from "../../server/engine/remotes/hosts.ts";
import { HttpClient } from "../../server/engine/remotes/http-client.ts";
import { LayerCompressor } from "../../server/engine/remotes/layer-compressor.ts";
import { LayerInstaller } from "../../server/engine/remotes/layer-installer.ts";
import { Registries } from "../../server/engine/remotes/registry-client.ts";
import { RegistryTransfer, type RegistryTransferOptions } from "../../server/engine/remotes/transfer.ts";
import { anyAddress, publicAddressesOnly } from "#engine/network/address-rule.ts";
import { MemoryContent, MemoryLayers, MemoryLeases } from "./memory-stores.ts";

/** A machine of its own, in memory: stores, and transfers for any number of tenants. Close `client` afterwards. */
export function memoryMachine(settings: RegistrySettings = {}, { idleTimeoutMs }: { idleTimeoutMs?: number } = {}) {
  const database = new Database(":memory:");
  const content = new MemoryContent();
  const layers = new MemoryLayers(content);
  const blobs = new LocalLayerBlobs(database);
  const leases = new MemoryLeases();
  const client = new HttpClient(idleTimeoutMs === undefined ? {} : { idleTimeoutMs });
  const shared = {
    content,
    layers,
    leases,
    registries: new Registries(client, settings),
    fetcher: new Fetcher(content, 1),
    installer: new LayerInstaller(layers),
    compressor: new LayerCompressor(content, layers, blobs.made),
  };
  const tenant = (name: string, privateNetworks = true, options: Partial<RegistryTransferOptions> = {}) => {
    const images = new LocalImageStore({ tenant: name, database, content, layers, leases, usedBy: () => [] });
    const own = blobs.of(name);
    const sources = new BlobSources(database, name, layers, own);
    return {
      images,
      transfer: new RegistryTransfer({
        ...shared,
        images,
        blobs: own,
        sources,
        reach: { addresses: privateNetworks ? anyAddress : publicAddressesOnly },
        ...options,
      }),
    };
  };
  const image = async (
    images: LocalImageStore,
    tag: string,
    contents: readonly (string | Buffer)[],
    architecture = "amd64",
  ): Promise<Image> => {
    const ids: LayerID[] = [];
    for (const bytes of contents) {
      ids.push((await layers.apply(Readable.from([Buffer.from(bytes)]), { parent: ids.at(-1) })).id);
    }
    const config = {
      architecture,
      os: "linux",
      config: { Cmd: ["x"] },
      rootfs: { type: "layers" as const, diff_ids: [] },
    };
    return await images.create({ config, layers: ids, tags: [tag] });
  };
  return { ...shared, blobs, client, database, tenant, image };
}
