import type { NewBuildEvent } from "../../contract/build-events.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/types.ts";
import type { RegistryAuth } from "../remotes/remotes.ts";
import type { ResourceLimits } from "../runtime/spec/resources.ts";
import type { Ulimit } from "../runtime/spec/rlimits.ts";

/** Files a build may COPY: a directory on disk. Later kinds (a session with a client) give the same interface. */
export interface ContextSource {
  /** absolute; links in it never lead out of it for the builder */
  root: string;
  /** ids on disk are shifted by this (a tenant's workspace), 0 for an unpacked tar */
  hostBase: number;
  /** Called by whoever made it, when the build has ended. Idempotent. */
  dispose(): Promise<void>;
}

export interface BuildRequest {
  id: string;
  context: ContextSource;
  /** path of the Dockerfile within the context, or its text when it is not in it */
  dockerfile: { path: string } | { text: string; name: string };
  target?: string;
  tags: string[];
  buildArgs: Record<string, string | undefined>;
  labels: Record<string, string>;
  noCache: boolean;
  /** pull base images again */
  pull: boolean;
  platform?: Platform;
  /** `bridge` (default), `none`, or a network name */
  network?: string;
  extraHosts: string[];
  /** of each RUN; the tenant's own hold for all together */
  limits?: ResourceLimits;
  ulimits?: readonly Ulimit[];
  /** bytes */
  shmSize?: number;
  auth?: (domain: string) => RegistryAuth | undefined;
  signal: AbortSignal;
  onEvent: (event: NewBuildEvent) => void;
}

/** Builds for one tenant. */
export interface Builder {
  /**
   * Emits `started` first and exactly one of `completed`, `failed`, `cancelled` last; resolves with the image
   * in the first case and throws a BuildError (range, excerpt, hint) or Cancelled in the others.
   */
  build(request: BuildRequest): Promise<{ imageId: Digest }>;
  /** the cache's records */
  cache: BuildCacheAdmin;
}

export interface BuildCacheRecord {
  id: string;
  description: string;
  bytes: number;
  createdAt: number;
  lastUsedAt: number;
  usageCount: number;
  inUse: boolean;
}

export interface BuildCacheAdmin {
  list(): BuildCacheRecord[];
  /** Drops records (unused for `unusedForMs`, all but the newest `keepBytes`). Returns ids and bytes freed. */
  prune(options: { all: boolean; unusedForMs?: number; keepBytes?: number }): Promise<{ ids: string[]; bytes: number }>;
}
