import { FailedPrecondition, InvalidArgument, isEngineError, NotFound, Unavailable } from "../../errdefs/errors.ts";
import { type GitAddress, isCommitId, withoutPassword } from "./git-address.ts";
import type { GitRun, GitSandbox } from "./git-sandbox.ts";
import { checkOut, commitTime, lookUp } from "./git-scripts.ts";

/** What an address stands for now. */
export interface GitCommit {
  /** of a commit, or of the annotated tag that stands for one */
  id: string;
  /** `refs/heads/main`; empty for a commit that was named by its id */
  refName: string;
  /** the commit itself, where `id` is a tag's */
  commit: string;
}

/** Bytes of secrets for repositories that are not public, by name: GIT_AUTH_TOKEN, GIT_AUTH_HEADER, also `.<host>`. */
export type GitSecrets = ReadonlyMap<string, Uint8Array>;

/** A repository elsewhere. */
export class GitRepository {
  readonly #address: GitAddress;
  readonly #sandbox: GitSandbox;
  readonly #config: Record<string, string>;

  /** @throws InvalidArgument for what git is not let at: SSH */
  constructor(address: GitAddress, sandbox: GitSandbox, secrets: GitSecrets) {
    if (address.protocol === "ssh") {
      throw new InvalidArgument(
        `${withoutPassword(address.remote)}: Git over SSH needs a key, and builds have none here: write an https:// address`,
      );
    }
    this.#address = address;
    this.#sandbox = sandbox;
    this.#config = authorization(address, secrets);
  }

  /** Asks the server, unless the address has the commit. @throws NotFound, Unavailable, FailedPrecondition (checksum) */
  async resolve(signal: AbortSignal): Promise<GitCommit> {
    const { ref, checksum, fetchByCommit } = this.#address;
    if (isCommitId(ref)) {
      this.#check([ref]);
      return { id: ref, refName: "", commit: ref };
    }
    if (fetchByCommit) {
      if (checksum === undefined || !isCommitId(checksum)) {
        throw new InvalidArgument("fetch-by-commit needs a checksum that is a whole commit id");
      }
      const refName = ref === "" || ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
      return { id: checksum, refName, commit: checksum };
    }
    const printed = await this.#run({ script: lookUp, env: { REF: ref }, signal });
    const found = ref === "" ? headOf(printed) : refOf(printed, ref);
    if (found === undefined) {
      const what = ref === "" ? "has no HEAD: it is empty" : `does not contain ref ${ref}`;
      throw new NotFound(`repository ${this.#name} ${what}`);
    }
    this.#check([...new Set([found.id, found.commit])]);
    return found;
  }

  /** When a commit was made: seconds since 1970. @throws Unavailable, NotFound */
  async committedAt({ id, refName }: GitCommit, signal: AbortSignal): Promise<number> {
    return Number(await this.#run({ script: commitTime, env: { COMMIT: id, REFNAME: refName }, signal }));
  }

  /** Puts its files into a directory (`GitRun.checkout`). */
  async checkOut(
    { id, refName }: GitCommit,
    {
      directory,
      keepGitDir,
      signal,
      onOutput,
    }: {
      directory: string;
      keepGitDir: boolean;
      signal: AbortSignal;
      onOutput?: GitRun["onOutput"];
    },
  ): Promise<void> {
    const { subdir, submodules, mtime } = this.#address;
    await this.#run({
      script: checkOut,
      env: {
        COMMIT: id,
        REFNAME: refName,
        SHOWN: this.#name,
        SUBDIR: subdir,
        KEEP: keepGitDir ? "1" : "",
        SUBMODULES: submodules ? "1" : "",
        MTIME: mtime,
      },
      checkout: directory,
      signal,
      ...(onOutput === undefined ? {} : { onOutput }),
    });
  }

  get #name(): string {
    return withoutPassword(this.#address.remote);
  }

  async #run(run: GitRun): Promise<string> {
    try {
      return await this.#sandbox.run({
        ...run,
        env: { ...run.env, REMOTE: this.#address.remote },
        config: this.#config,
      });
    } catch (error) {
      if (isEngineError(error, "unavailable")) {
        const said = error.message.replaceAll(this.#address.remote, this.#name);
        throw new Unavailable(`failed to fetch remote ${this.#name}: ${said}`, { cause: error });
      }
      throw error;
    }
  }

  #check(ids: readonly string[]): void {
    const { checksum } = this.#address;
    if (checksum !== undefined && !ids.some((id) => id.startsWith(checksum.toLowerCase()))) {
      throw new FailedPrecondition(`expected checksum to match ${checksum}, got ${ids.join(" or ")}`);
    }
  }
}

/** `git ls-remote --symref`: the branch that HEAD is, and its commit. */
function headOf(printed: string): GitCommit | undefined {
  const branch = /^ref: (refs\/\S+)\tHEAD$/m.exec(printed)?.[1] ?? "";
  const id = /^([0-9a-f]{40,64})\tHEAD$/m.exec(printed)?.[1];
  return id === undefined ? undefined : { id, refName: branch, commit: id };
}

/** A branch before a tag of the same name, as git has it. */
function refOf(printed: string, ref: string): GitCommit | undefined {
  const ids = new Map<string, string>();
  for (const line of printed.split("\n")) {
    const [id = "", name = ""] = line.split("\t");
    if (isCommitId(id)) {
      ids.set(name, id);
    }
  }
  const candidates = [
    `refs/${ref.replace(/^refs\//, "")}`,
    `refs/heads/${ref.replace(/^refs\/heads\//, "")}`,
    `refs/tags/${ref.replace(/^refs\/tags\//, "")}`,
  ];
  const refName = candidates.find((name) => ids.has(name));
  const id = ids.get(refName ?? "");
  return refName === undefined || id === undefined
    ? undefined
    : { id, refName, commit: ids.get(`${refName}^{}`) ?? id };
}

/** For the repository's own server only: never for a submodule elsewhere. */
function authorization({ remote, protocol }: GitAddress, secrets: GitSecrets): Record<string, string> {
  if ((protocol !== "http" && protocol !== "https") || secrets.size === 0 || !URL.canParse(remote)) {
    return {};
  }
  const { origin, host } = new URL(remote);
  const find = (name: string): string | undefined => {
    const secret = secrets.get(`${name}.${host}`) ?? secrets.get(name);
    return secret === undefined ? undefined : Buffer.from(secret).toString("utf8").trim();
  };
  const token = find("GIT_AUTH_TOKEN");
  const header =
    find("GIT_AUTH_HEADER") ??
    (token === undefined ? undefined : `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`);
  return header === undefined ? {} : { [`http.${origin}/.extraheader`]: `Authorization: ${header}` };
}
