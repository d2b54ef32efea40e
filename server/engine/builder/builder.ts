import type { Readable } from "node:stream";
import type { NewBuildEvent } from "../../contract/build-events.ts";
import type { Instruction } from "./dockerfile/ast.ts";
import type { LayerID } from "../layers/layer-store.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/types.ts";
import type { RegistryAuth } from "../remotes/remotes.ts";
import type { BuildCacheAdmin } from "./cache/cache-admin.ts";
import type { ContextSource, NamedContext } from "./context-source.ts";
import type { GitContexts } from "./git/git-contexts.ts";
import type { Secrets } from "./ops/exec-definition.ts";
import type { BuildRecords } from "./records/build-records.ts";
import type { Resumed } from "./records/given.ts";
import type { ResourceLimits } from "../runtime/spec/resources.ts";
import type { Ulimit } from "../runtime/spec/rlimits.ts";

/** A cache from elsewhere: what BuildKit's format holds, in a registry (or an image that is here) or in a directory. */
export type CacheSource =
  | { type: "registry"; reference: string }
  | { type: "local"; directory: ContextSource; /** for messages */ name: string };

/** Where a build's cache goes. `min`: results of the image's own layers only; `inline`: those, in the image. */
export type CacheTarget =
  | { type: "inline" }
  | { type: "registry"; reference: string; mode: "min" | "max"; ignoreError: boolean }
  | { type: "local"; directory: ContextSource; mode: "min" | "max"; ignoreError: boolean };

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
  /** stages that run even if the cache has them */
  noCacheStages?: readonly string[];
  /** for RUN --mount=type=secret and ssh: in no key, layer, log or record */
  secrets?: Secrets;
  /** what FROM and --from take for a name, before stages and images */
  contexts?: ReadonlyMap<string, NamedContext>;
  cacheFrom?: readonly CacheSource[];
  /** The classic builder's: names of images here whose steps alone are taken, instead of all that the cache has. */
  cacheImages?: readonly string[];
  cacheTo?: readonly CacheTarget[];
  /** pull base images again */
  pull: boolean;
  platform?: Platform;
  /** `bridge` (default), `none`, or a network name */
  network?: string;
  extraHosts: string[];
  /** RUN --security=insecure was asked for with the build too */
  insecure?: boolean;
  /** of each RUN; the tenant's own hold for all together */
  limits?: ResourceLimits;
  ulimits?: readonly Ulimit[];
  /** the control group beneath which each RUN is; the tenant's */
  cgroupParent?: string;
  /** bytes */
  shmSize?: number;
  auth?: (domain: string) => RegistryAuth | undefined;
  /** it goes on from a shell in a step of another build */
  resumed?: Resumed;
  /** What is done with the image before the build is over; its failure is the build's. @param epoch seconds */
  deliver?: (image: Digest, epoch: number | undefined) => Promise<void>;
  /** The classic builder's ways: all stages up to the target are built, and each instruction leaves an image. */
  steps?: StepObserver;
  signal: AbortSignal;
  onEvent: (event: NewBuildEvent) => void;
}

/** One instruction as the classic builder counts it. */
export interface PlannedInstruction {
  text: string;
  /** in the Dockerfile; labels of the build have lines after its last */
  line: number;
  kind: Instruction["kind"] | "global-arg";
  /** an empty line is within it, which is deprecated */
  emptyContinuation: boolean;
}

/** The image after one instruction, which is the next one's parent. */
export interface StepImage {
  /** among the planned instructions, from 0 */
  index: number;
  /** undefined: FROM scratch */
  imageId: Digest | undefined;
  /** of an ONBUILD that the FROM at `index` sets off */
  trigger: boolean;
  cached: boolean;
  /** what there is to say of it, one line */
  note?: string | undefined;
  /** where it ran; undefined for FROM */
  container?: StepContainer;
}

/** The container of one step, as the classic builder has one for each. */
export interface StepContainer {
  id: string;
  /** the image it began with; undefined: nothing, FROM scratch */
  parent: Digest | undefined;
  /** what it ran, or `#(nop)` and a note */
  command: string[];
  kind: Instruction["kind"];
}

/** Told in the Dockerfile's order, `planned` first. */
export interface StepObserver {
  /** @param unusedArguments build arguments that no ARG asks for */
  planned(instructions: readonly PlannedInstruction[], unusedArguments: readonly string[]): void;
  /** @param containers where each step is going to run: the ids of containers, by the steps' own (`BuildVertex.id`) */
  placed?(containers: ReadonlyMap<string, string>): void;
  image(step: StepImage): void;
  /**
   * A RUN has failed; there is no image of it.
   * @param outcome undefined: its process was not started. `left`: the file system as it left it, if that was kept
   */
  failed?(
    step: StepContainer,
    outcome: { left: LayerID | undefined; exitCode: number } | undefined,
    error: unknown,
  ): Promise<void>;
}

/** Builds for one tenant. */
export interface Builder {
  /** A build is about to be asked for: what takes its time before the first process can run is begun. Costs little. */
  expectBuild?(): void;
  /**
   * Emits `started` first and exactly one of `completed`, `failed`, `cancelled` last; resolves with the image
   * in the first case and throws a BuildError (range, excerpt, hint) or Cancelled in the others.
   */
  build(request: BuildRequest): Promise<{ imageId: Digest }>;
  /** repositories as contexts */
  git: Pick<GitContexts, "fetch">;
  /**
   * An image's files as an archive; the caller destroys the stream. @param options.epoch seconds: the time of all files
   * @throws NotFound
   */
  openFiles(image: Digest, options?: { epoch?: number | undefined; signal?: AbortSignal }): Promise<Readable>;
  /** the cache's records */
  cache: BuildCacheAdmin;
  /** Where the files of a cache mount are, if there are any: its id, and what it began with. */
  cacheDirectory(id: string, seed: string | undefined): string | undefined;
  /** what became of builds, step by step */
  records: Pick<BuildRecords, "get" | "ofImage" | "list" | "before">;
}
