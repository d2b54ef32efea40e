import { InvalidArgument } from "../../errdefs/errors.ts";
import { digestOf } from "../../oci/digest.ts";
import type { GitAddress } from "../git/git-address.ts";
import type { GitCommit, GitRepository } from "../git/git-repository.ts";
import type { CacheMap, ExecContext, Op } from "../solver/types.ts";
import { type BuildWork, epochKey } from "./build-work.ts";
import type { BuildResult } from "./result.ts";

/** ADD of a Git repository: a file system with its files. What it holds is decided by the commit, wherever that is from. */
export class GitOp implements Op<BuildResult> {
  readonly #address: GitAddress;
  readonly #keepGitDir: boolean;
  readonly #repository: GitRepository;
  readonly #work: BuildWork;
  #found: GitCommit | undefined;

  constructor(address: GitAddress, keepGitDir: boolean, repository: GitRepository, work: BuildWork) {
    this.#address = address;
    this.#keepGitDir = keepGitDir;
    this.#repository = repository;
    this.#work = work;
  }

  async cacheMap(signal: AbortSignal): Promise<CacheMap<BuildResult>> {
    const { subdir, submodules, mtime, remote } = this.#address;
    this.#found = await this.#repository.resolve(signal);
    const { commit, id, refName } = this.#found;
    const kept = this.#keepGitDir ? [id, refName, remote] : [];
    return {
      key: digestOf(JSON.stringify(["git", 1, commit, subdir, submodules, mtime, kept, ...epochKey(this.#work)])),
      facts: { instruction: `ADD ${remote}`, commit },
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const { lease, workshop, tenant, epoch } = this.#work;
    if (inputs[0]?.kind !== "layer") {
      throw new InvalidArgument("a repository needs a file system");
    }
    const found = this.#found ?? (await context.aside(() => this.#repository.resolve(context.signal)));
    const fetch = async (directory: string): Promise<boolean> => {
      const options = {
        directory,
        keepGitDir: this.#keepGitDir,
        signal: context.signal,
        onOutput: (chunk: Buffer) => context.output("stderr", chunk),
      };
      await context.aside(() => this.#repository.checkOut(found, options));
      return true;
    };
    return workshop.change(inputs[0].layer, lease, fetch, {
      idMap: tenant.idMap,
      epoch,
      measure: (name, value) => context.measure(name, value),
    });
  }
}
