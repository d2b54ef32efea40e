import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { LeaseManager } from "../../leases/leases.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { ContextSource } from "../context-source.ts";
import type { ExecTools } from "../ops/exec-tools.ts";
import type { Workshop } from "../ops/workshop.ts";
import { parseGitAddress } from "./git-address.ts";
import { GitRepository } from "./git-repository.ts";
import { GitSandbox, type GitSettings } from "./git-sandbox.ts";

export interface GitContextRequest extends GitSettings {
  /** the build argument BUILDKIT_CONTEXT_KEEP_GIT_DIR */
  keepGitDir: boolean;
  signal: AbortSignal;
}

/** ms: longer than git may take */
const leaseMs = 3_600_000;

/** Git repositories as contexts of builds: fetched by the tenant's own git, into directories that go with the build. */
export class GitContexts {
  readonly #tenant: Tenant;
  readonly #leases: LeaseManager;
  readonly #workshop: Workshop;
  readonly #tools: ExecTools;
  readonly #directory: string;

  /** @param options.directory of these alone */
  constructor(options: {
    tenant: Tenant;
    leases: LeaseManager;
    workshop: Workshop;
    tools: ExecTools;
    directory: string;
  }) {
    this.#tenant = options.tenant;
    this.#leases = options.leases;
    this.#workshop = options.workshop;
    this.#tools = options.tools;
    this.#directory = options.directory;
  }

  /** Removes what a killed drydockd left. */
  recover(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * Fetches `https://host/repo.git#ref:directory` and its like; `host/path` is taken for https. The caller disposes of it.
   * @throws InvalidArgument (address, SSH), NotFound, Unavailable, FailedPrecondition, Cancelled
   */
  async fetch(text: string, { keepGitDir, signal, ...settings }: GitContextRequest): Promise<ContextSource> {
    const address = parseGitAddress(text.startsWith("github.com/") ? `https://${text}` : text);
    const root = path.join(this.#directory, randomUUID());
    mkdirSync(this.#directory, { recursive: true, mode: 0o711 });
    const lease = this.#leases.create(`git context of ${this.#tenant.id}`, leaseMs);
    const work = { tenant: this.#tenant, lease, workshop: this.#workshop };
    const dispose = async (): Promise<void> => rmSync(root, { recursive: true, force: true });
    try {
      mkdirSync(root, { mode: 0o755 });
      const repository = new GitRepository(address, new GitSandbox(work, this.#tools, settings), new Map());
      const commit = await repository.resolve(signal);
      const options = { keepGitDir: address.keepGitDir ?? keepGitDir, signal };
      await this.#workshop.bind(root, (directory) => repository.checkOut(commit, { directory, ...options }), {
        idMap: this.#tenant.idMap,
      });
      // The directory has the commit's time.
      const time = Math.max(0, Math.floor(lstatSync(root).mtimeMs / 1000));
      return { root, hostBase: 0, time, dispose };
    } catch (error) {
      await dispose();
      throw error;
    } finally {
      lease.release();
    }
  }
}
