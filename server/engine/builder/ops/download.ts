import { InvalidArgument } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { CacheMap, ExecContext, Op } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import { download } from "./fetch-url.ts";
import type { BuildResult } from "./result.ts";

export interface DownloadDefinition {
  url: string;
  /** of the file */
  name: string;
  /** `sha256:...` */
  checksum: string | undefined;
}

/** ADD of a URL: a file system with the one file, mode 0600. Fetched by every build; what it holds decides what follows. */
export class DownloadOp implements Op<BuildResult> {
  readonly #definition: DownloadDefinition;
  readonly #work: BuildWork;

  constructor(definition: DownloadDefinition, work: BuildWork) {
    this.#definition = definition;
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return { key: undefined, facts: { instruction: `ADD ${this.#definition.url}` } };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    if (inputs[0]?.kind !== "layer") {
      throw new InvalidArgument("a download needs a file system");
    }
    const { lease, workshop, urls } = this.#work;
    const { url, name, checksum } = this.#definition;
    return workshop.change(inputs[0].layer, lease, async (directory) => {
      using root = new SafeRoot(directory);
      root.writeFile(name, "", { mode: 0o600, uid: 0, gid: 0 });
      using file = root.locate(name);
      const options = {
        urls,
        checksum,
        signal: context.signal,
        onProgress: (current: number, total: number | undefined) => {
          context.status({ item: url, status: "Downloading", current, ...(total === undefined ? {} : { total }) });
        },
      };
      const { modified } = await context.aside(() => download(url, file.path, options));
      root.change(name, { mtimeNs: BigInt(modified) * 1_000_000n });
      return true;
    });
  }
}
