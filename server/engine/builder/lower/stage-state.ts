import type { SourceRange } from "../../../contract/build-events.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import type { HistoryEntry, ImageRunConfig } from "../../oci/types.ts";
import type { Instruction } from "../dockerfile/ast.ts";
import type { Variables } from "../dockerfile/expand.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import type { StepHistory } from "../steps/step-history.ts";

/** One line of the image's history before its layers are known. */
export interface PlannedHistory {
  createdBy: string;
  /** the file system after it; undefined for what changes only the configuration */
  vertex: Vertex<BuildResult> | undefined;
}

/** What is known of a stage's base. */
export interface Base {
  id: Digest | undefined;
  layers: readonly LayerID[];
  history: readonly HistoryEntry[];
  architecture: string;
  os: string;
  variant: string | undefined;
  author: string | undefined;
  /** made here from the distribution's packages, not a registry's */
  standIn: boolean;
}

/** One instruction for those who watch: a vertex of the solver, or a change of the configuration. */
export interface PlannedStep {
  id: string;
  vertex: Vertex<BuildResult> | undefined;
  stage: string;
  /** `build`; empty when the only stage has no name */
  stageLabel: string;
  /** in its stage, from 0 */
  index: number;
  instruction: string;
  range: SourceRange | undefined;
  /** of FROM: the base is a stand-in */
  standIn: boolean;
  kind: Instruction["kind"];
  /** an ONBUILD of the base */
  trigger: boolean;
  state: StageState;
  /** the configuration when it is done */
  after: { config: ImageRunConfig; author: string | undefined };
  /** in the classic builder's words */
  history: StepHistory;
  /** of COPY and ADD, as written */
  sources: string[] | undefined;
}

/** A stage while its instructions are gone through, and after. */
export class StageState implements Variables {
  readonly name: string;
  readonly base: Base;
  /** the stage it was begun from */
  readonly parent: StageState | undefined;
  config: ImageRunConfig;
  author: string | undefined;
  vertex: Vertex<BuildResult>;
  readonly history: PlannedHistory[] = [];
  /** declared by ARG in this stage, in order; undefined without a value */
  readonly args = new Map<string, string | undefined>();
  /** CMD was set in this stage, so that ENTRYPOINT does not reset it */
  commandSet = false;

  constructor(name: string, base: Base, config: ImageRunConfig, vertex: Vertex<BuildResult>, parent?: StageState) {
    this.parent = parent;
    this.name = name;
    this.base = base;
    this.config = structuredClone(config);
    this.author = base.author;
    this.vertex = vertex;
  }

  /** ENV wins over ARG. */
  get(name: string): string | undefined {
    return this.environment().get(name) ?? this.args.get(name);
  }

  environment(): Map<string, string> {
    return new Map(
      (this.config.Env ?? []).map((entry) => {
        const equals = entry.indexOf("=");
        return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
    );
  }

  /** Names that `$` finds something under. */
  names(): string[] {
    return [...this.environment().keys(), ...this.args.keys()];
  }

  /** Declared arguments that have a value, as `NAME=value`. */
  argValues(): string[] {
    return [...this.args].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  }

  get shell(): string[] {
    return this.config.Shell ?? ["/bin/sh", "-c"];
  }

  get workdir(): string {
    const directory = this.config.WorkingDir ?? "";
    return directory === "" ? "/" : directory;
  }

  /** A change of the configuration alone. */
  note(createdBy: string): void {
    this.history.push({ createdBy, vertex: undefined });
  }

  /** A step that may make a layer. */
  advance(createdBy: string, vertex: Vertex<BuildResult>): void {
    this.vertex = vertex;
    this.history.push({ createdBy, vertex });
  }
}
