import { join } from "node:path";
import type { BaseImages } from "../engine/catalogue/base-images.ts";
import { type HostMachine, readHostMachine } from "../engine/catalogue/host-machine.ts";
import { LocalBaseImages } from "../engine/catalogue/local.ts";
import { RootBuilder } from "../engine/catalogue/root-builder.ts";
import { isEngineError, messageOf } from "../engine/errdefs/errors.ts";
import type { ImageStore } from "../engine/images/image-store.ts";
import { LocalImageStore } from "../engine/images/local.ts";
import type { Database } from "../engine/metadata/database.ts";
import type { Storage } from "../engine/storage.ts";
import type { Config } from "./config.ts";

/** The name under which the catalogue keeps its own images: no tenant can have it (it is too short). */
export const catalogueOwner = "-catalogue";

/** Stand-ins for base images, made on this machine where no registry serves. */
export async function openBaseImages(
  config: Config,
  storage: Storage,
  database: Database,
  operatorImages: ImageStore,
  log: (line: string) => void,
): Promise<BaseImages> {
  let host: HostMachine | undefined;
  try {
    host = await readHostMachine();
  } catch (error) {
    if (!isEngineError(error, "failed_precondition")) {
      throw error;
    }
    log(`no base images can be made here: ${messageOf(error)}`);
  }
  const roots = new RootBuilder({
    snapshotter: storage.snapshots,
    mounter: storage.mounter,
    layers: storage.layers,
    leases: storage.leases,
    mountDirectory: join(config.run, "catalogue"),
  });
  try {
    await roots.recover();
  } catch (error) {
    log(`removing base images that were left half made: ${messageOf(error)}`);
  }
  return new LocalBaseImages({
    host,
    images: new LocalImageStore({
      tenant: catalogueOwner,
      database,
      content: storage.content,
      layers: storage.layers,
      leases: storage.leases,
      usedBy: () => [],
    }),
    operatorImages,
    content: storage.content,
    roots,
    directory: join(config.data, "catalogue"),
  });
}
