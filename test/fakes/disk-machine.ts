import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogueOwner } from "../../server/compose/base-images.ts";
import { type HostMachine, readHostMachine } from "../../server/engine/catalogue/host-machine.ts";
import { LocalBaseImages } from "../../server/engine/catalogue/local.ts";
import { RootBuilder } from "../../server/engine/catalogue/root-builder.ts";
import { CatalogueTransfer, HubReachability } from "../../server/engine/catalogue/transfer.ts";
import { LocalImageArchives } from "../../server/engine/images/archives.ts";
import { ImageRoots } from "../../server/engine/images/image-records.ts";
import { LocalImageStore } from "../../server/engine/images/local.ts";
import { Database } from "../../server/engine/metadata/database.ts";
import { umount2 } from "../../server/engine/mount/libc.ts";
import { BlobSources } from "../../server/engine/remotes/blob-sources.ts";
import { Fetcher } from "../../server/engine/remotes/fetcher.ts";
import { HttpClient } from "../../server/engine/remotes/http-client.ts";
import { LayerCompressor } from "../../server/engine/remotes/layer-compressor.ts";
import { LayerInstaller } from "../../server/engine/remotes/layer-installer.ts";
import { Registries } from "../../server/engine/remotes/registry-client.ts";
import { RegistryTransfer } from "../../server/engine/remotes/transfer.ts";
import { anyAddress } from "#engine/network/address-rule.ts";
import { openStorage } from "../../server/engine/storage.ts";

const detach = 2;

export interface DiskMachineOptions {
  /** what stand-ins are made from; default: this machine */
  host?: HostMachine;
  /** default: it cannot be reached */
  hub?: { reachable: boolean; reason?: string };
}

/** The real stores in a directory of their own; `open` again after `shut` is a restart. `close` takes all of it away. */
export function diskMachine(options: DiskMachineOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), "drydock-images-"));
  const runRoot = join(directory, "run");
  const dataRoot = join(directory, "data");
  const open = async () => await openMachine(dataRoot, runRoot, options);
  const close = () => {
    umount2(runRoot, detach);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, dataRoot, open, close };
}

async function openMachine(dataRoot: string, runRoot: string, options: DiskMachineOptions) {
  mkdirSync(dataRoot, { recursive: true });
  const db = new Database(join(dataRoot, "metadata.db"));
  const storage = await openStorage({ dataRoot, runRoot, db, graceMs: 0 });
  const { content, layers, blobs, leases, snapshots, mounter, gc } = storage;
  gc.addRoots(new ImageRoots(db, layers, blobs));
  const staging = join(dataRoot, "staging");
  mkdirSync(staging, { recursive: true });
  const client = new HttpClient();
  const shared = {
    content,
    layers,
    leases,
    registries: new Registries(client),
    fetcher: new Fetcher(content, 1),
    installer: new LayerInstaller(layers),
    compressor: new LayerCompressor(content, layers, blobs.made),
  };
  const storeOf = (tenant: string) =>
    new LocalImageStore({ tenant, database: db, content, layers, leases, usedBy: () => [] });
  const operatorImages = storeOf("operator");
  const baseImages = new LocalBaseImages({
    host: options.host ?? (await readHostMachine()),
    images: storeOf(catalogueOwner),
    operatorImages,
    content,
    roots: new RootBuilder({ snapshotter: snapshots, mounter, layers, leases, mountDirectory: join(runRoot, "roots") }),
    directory: join(dataRoot, "catalogue"),
  });
  const answer = options.hub ?? { reachable: false, reason: "there is no network in this test" };
  const hub = new HubReachability({ reach: () => Promise.resolve(answer) });
  const tenant = (id: string) => {
    const images = id === "operator" ? operatorImages : storeOf(id);
    const own = blobs.of(id);
    const sources = new BlobSources(db, id, layers, own);
    const remote = new RegistryTransfer({ ...shared, blobs: own, images, sources, reach: { addresses: anyAddress } });
    const transfer = new CatalogueTransfer({ remote, baseImages, images, hub });
    const archives = new LocalImageArchives({ images, content, layers, leases, directory: staging });
    return { images, remote, transfer, archives };
  };
  const shut = async () => {
    client.close();
    await storage.close();
    db.close();
  };
  return { db, storage, baseImages, tenant, shut, dataRoot, runRoot, staging };
}
