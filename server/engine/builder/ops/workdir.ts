import { inPieces } from "../../concurrency/thread-time.ts";
import { InvalidArgument, isEngineError } from "../../errdefs/errors.ts";
import { destinationPieces } from "../../mount/destination.ts";
import { type FileKind, SafeRoot } from "../../mount/safe-path.ts";
import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, Op } from "../solver/types.ts";
import { type BuildWork, epochKey } from "./build-work.ts";
import { fileOwner, madeByRoot } from "./file-owner.ts";
import type { BuildResult } from "./result.ts";

/** WORKDIR: makes the directory, where links lead to, owned by USER; a layer only if it did not exist. */
export class WorkdirOp implements Op<BuildResult> {
  readonly #directory: string;
  readonly #user: string;
  readonly #work: BuildWork;

  /** @param directory absolute */
  constructor(directory: string, user: string, work: BuildWork) {
    this.#directory = directory;
    this.#user = user;
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return {
      key: digestOf(JSON.stringify(["workdir", 2, this.#directory, this.#user, ...epochKey(this.#work)])),
      facts: { instruction: `WORKDIR ${this.#directory}`, user: this.#user },
    };
  }

  async exec(inputs: readonly BuildResult[]): Promise<BuildResult> {
    const [parent] = inputs;
    if (parent?.kind !== "layer") {
      throw new InvalidArgument("WORKDIR needs a file system");
    }
    return this.#work.workshop.change(
      parent.layer,
      this.#work.lease,
      async (directory) => {
        using root = new SafeRoot(directory);
        if (root.exists(this.#directory)) {
          const kind = this.#kind(root);
          if (kind === "directory") return false;
          if (kind !== undefined) throw new InvalidArgument(`Cannot mkdir: ${this.#directory} is not a directory`);
        }
        const real = await inPieces(destinationPieces(root, this.#directory));
        const owner = this.#user === "" ? madeByRoot : fileOwner(this.#work.users, directory, this.#user);
        root.makeDirectory(real, { parents: true, mode: 0o755, uid: owner.uid, gid: owner.gid });
        return true;
      },
      { epoch: this.#work.epoch },
    );
  }

  /** Undefined: of a link that leads nowhere. */
  #kind(root: SafeRoot): FileKind | undefined {
    try {
      return root.stat(this.#directory).kind;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return undefined;
      }
      throw error;
    }
  }
}
