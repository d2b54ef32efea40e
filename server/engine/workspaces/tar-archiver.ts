import type { Readable } from "node:stream";
import { packDirectory } from "../diff/pack.ts";
import { TreeWriter } from "../diff/tree-writer.ts";
import { readArchive } from "../diff/unpack.ts";
import type { IdMap } from "../mount/mount.ts";
import type { DirectoryArchiver } from "./local-files.ts";

/** What an upload may unpack to, whatever the tenant's own limit is. */
const maxUpload = { bytes: 2 * 1024 ** 3, entries: 100_000 };

/** Tars of a workspace: everything in it belongs to the tenant's root, inside as outside. */
export class TarArchiver implements DirectoryArchiver {
  readonly #idMap: IdMap;
  readonly #maxBytes: () => number | undefined;

  /** @param maxBytes the tenant's own limit */
  constructor(idMap: IdMap, maxBytes: () => number | undefined) {
    this.#idMap = idMap;
    this.#maxBytes = maxBytes;
  }

  pack(directory: string): Promise<Readable> {
    return Promise.resolve(packDirectory(directory, "", { name: "", owner: { uid: 0, gid: 0 } }));
  }

  async unpack(tar: Readable, directory: string, signal: AbortSignal): Promise<number> {
    const writer = new TreeWriter(directory, {
      hostBase: this.#idMap.hostBase,
      owner: { uid: 0, gid: 0 },
      devices: "refuse",
      limits: { ...maxUpload, bytes: Math.min(this.#maxBytes() ?? Infinity, maxUpload.bytes) },
    });
    let entries = 0;
    try {
      await readArchive(
        tar,
        {
          entry: (header) => {
            entries++;
            writer.entry(header);
          },
          data: (piece, offset) => writer.data(piece, offset),
          end: () => writer.end(),
        },
        { signal },
      );
      writer.finish();
    } finally {
      writer.close();
    }
    return entries;
  }
}
