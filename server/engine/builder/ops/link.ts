import { InvalidArgument } from "../../errdefs/errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, ContentDigest, ExecContext, Op } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import type { BuildResult } from "./result.ts";

/**
 * COPY and ADD with --link, second half: puts the layer that the second input is (made on nothing) on the first. The
 * layer is the same whatever it is put on, so with a new base no file is copied or read again from where it came.
 */
export class LinkOp implements Op<BuildResult> {
  readonly #work: BuildWork;

  constructor(work: BuildWork) {
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return {
      key: digestOf(JSON.stringify(["link", 1])),
      facts: { instruction: "--link" },
      selectors: [undefined, (made) => this.#digest(made)],
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const [target, made] = inputs;
    if (target?.kind !== "layer" || made?.kind !== "layer") {
      throw new InvalidArgument("a layer can only be put on a file system");
    }
    if (made.layer === undefined) {
      return target;
    }
    const layer = await this.#work.workshop.stack(made.layer, target.layer, this.#work.lease, context.signal);
    context.measure("bytesWritten", made.bytes);
    return { kind: "layer", layer, bytes: made.bytes };
  }

  async #digest(made: BuildResult): Promise<ContentDigest> {
    if (made.kind !== "layer" || made.layer === undefined) {
      return { digest: digestOf("") };
    }
    return { digest: digestOf(await this.#work.workshop.diffId(made.layer)) };
  }
}
