import type { Platform } from "../../oci/types.ts";
import type { ResourceLimits } from "../../runtime/spec/resources.ts";
import type { Ulimit } from "../../runtime/spec/rlimits.ts";

/** What RUN's `--mount` adds, resolved: variables expanded, sources turned into inputs of the vertex. */
export type ExecMount =
  | { type: "tmpfs"; target: string; /** bytes */ size: number | undefined; readonly?: true }
  | {
      type: "cache";
      target: string;
      id: string;
      sharing: "shared" | "private" | "locked";
      mode: number;
      uid: number;
      gid: number;
      readonly: boolean;
      /** what a new one begins with: a path in that input, whose mode and owner it has if it keeps them */
      from?: { input: number; source: string; keepsAccess?: true };
      /** a path in it that is mounted, which must be there; default: all of it */
      part?: string;
    }
  | SecretMount
  | SshMount
  /** `input` counts the vertex's inputs; `source` is a path in it. What is written is thrown away. */
  | { type: "bind"; target: string; input: number; source: string; writable: boolean };

interface GivenMount {
  id: string;
  mode: number;
  uid: number;
  gid: number;
  /** fails without one; else there is nothing where it is not given */
  required: boolean;
}

/** Which secret goes where; what it is, is never part of a definition. */
export interface SecretMount extends GivenMount {
  type: "secret";
  /** undefined: in the environment only */
  target: string | undefined;
  /** name of a variable */
  env: string | undefined;
}

/** The socket of an SSH agent. */
export interface SshMount extends GivenMount {
  type: "ssh";
  target: string;
}

/** What was given with the build for `--mount=type=secret` and `ssh`, by id. */
export interface Secrets {
  values: ReadonlyMap<string, Uint8Array>;
  /** paths of agents' sockets */
  agents: ReadonlyMap<string, string>;
}

/** All that decides what a RUN does, its inputs aside. */
export interface ExecDefinition {
  args: string[];
  env: string[];
  /** absolute */
  cwd: string;
  /** as USER has it; empty is root */
  user: string;
  mounts: ExecMount[];
  /** `--security=insecure`; not there without it */
  privileged?: true;
  /** as the build says */
  hostname?: string;
  /** made before it runs, where there is nothing of that name */
  directories?: string[];
}

/** What a RUN may use; does not change what it makes, so it is not part of the key. */
export interface ExecSettings {
  /** its arguments as the history has them */
  shown: readonly string[];
  /** where the definition has none; default: the same for all */
  hostname: string | undefined;
  /** `none`, `host`, or the name of a network */
  network: string;
  /** `name:address` */
  extraHosts: string[];
  limits: ResourceLimits | undefined;
  ulimits: readonly Ulimit[];
  /** instead of the tenant's control group */
  cgroupParent: string | undefined;
  /** bytes */
  shmSize: number | undefined;
  /** HTTP_PROXY and its like, as `NAME=value`: in the environment, but not in the key */
  proxies: string[];
  /** never in keys, layers, output or records */
  secrets: Secrets;
  /** of the stage's base */
  platform: Platform;
  /** inputs of bind mounts that count by what of them is mounted */
  byContent: ReadonlySet<number>;
  /** paths that VOLUME named so far, of which none need be there */
  volumes: () => string[];
  /** ids of cache mounts that the build begins anew, once */
  renewed: ReadonlySet<string>;
}
