import type { IgnoreRules } from "../dockerignore.ts";
import type { BuildRequest } from "../builder.ts";
import type { ContextSource } from "../context-source.ts";
import type { BuildWork } from "../ops/build-work.ts";
import type { ExecTools } from "../ops/exec-tools.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import type { Place } from "./place.ts";
import type { StageState } from "./stage-state.ts";

/** What of a build decides its steps, besides the Dockerfile. */
export type LoweringRequest = Pick<
  BuildRequest,
  | "buildArgs"
  | "target"
  | "platform"
  | "noCache"
  | "noCacheStages"
  | "contexts"
  | "secrets"
  | "extraHosts"
  | "insecure"
  | "limits"
  | "ulimits"
  | "cgroupParent"
  | "shmSize"
  | "deliver"
  | "steps"
> & { context: Pick<ContextSource, "time"> };

/** What the lowering of one instruction may ask of the whole. */
export interface LoweringContext {
  /** what the build context leaves out */
  readonly ignore: IgnoreRules | undefined;
  readonly request: LoweringRequest;
  readonly work: BuildWork;
  readonly execTools: ExecTools;
  /** of RUN without a flag */
  readonly network: string;
  contextVertex(): Vertex<BuildResult>;
  /** the empty file system */
  scratch(): Vertex<BuildResult>;
  /** Whether the stage's steps run even if the cache has them. */
  ignoresCache(state: StageState): boolean;
  /**
   * What `--from` names: a context given by that name, an earlier stage by name or number, else an image.
   * @param mountedOn where it is mounted, which takes a file system of a directory, too; undefined: it is copied from
   * @throws BuildError
   */
  sourceVertex(name: string, place: Place, mountedOn?: string): Promise<Vertex<BuildResult>>;
}
