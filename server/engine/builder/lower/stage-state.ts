import { posix } from "node:path";
import type { SourceRange } from "../../../contract/build-events.ts";
import type { Instruction } from "../dockerfile/ast.ts";
import type { Variables } from "../dockerfile/expand.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import type { StepHistory } from "../steps/step-history.ts";
import type { Base } from "./base.ts";
import { nameOf, valueOf } from "./environment.ts";
import type { StageConfig } from "./stage-config.ts";

/** One line of the image's history before its layers are known. */
export interface PlannedHistory {
  createdBy: string;
  /** in the classic builder's words */
  classic: string;
  /** the file system after it; undefined for what changes only the configuration */
  vertex: Vertex<BuildResult> | undefined;
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
  /** of FROM: the base is a stand-in, and what it really is */
  standIn: string | undefined;
  /** of FROM, as of its base */
  pinned: string | undefined;
  kind: Instruction["kind"];
  /** an ONBUILD of the base */
  trigger: boolean;
  state: StageState;
  /** the configuration when it is done */
  after: { config: StageConfig; author: string | undefined };
  /** in the classic builder's words */
  history: StepHistory;
  /** of COPY and ADD, as written */
  sources: string[] | undefined;
  /** COPY and ADD: from a stage or an image, not from the context */
  from: boolean;
  /** a line that the classic builder has to say of it */
  note: string | undefined;
  /** names where it runs, or where its change of the configuration is noted: an id as containers have it */
  container: string;
}

/** A stage while its instructions are gone through, and after. */
export class StageState implements Variables {
  readonly name: string;
  readonly base: Base;
  /** the stage it was begun from */
  readonly parent: StageState | undefined;
  /** as it is now; another one is put in its place, and steps keep what was (`PlannedStep.after`) */
  config: StageConfig;
  author: string | undefined;
  vertex: Vertex<BuildResult>;
  readonly history: PlannedHistory[] = [];
  /** at least so many layers has its image: those of the base, and one for each RUN, COPY and ADD */
  layers: number;
  /** declared by ARG in this stage, in order; undefined without a value */
  readonly args = new Map<string, string | undefined>();
  /** what ARG set after ENV did: the later one counts in the build, ENV alone in the image */
  readonly #overrides = new Map<string, string>();
  /** of ENV by name, in order: asked for by every word of every instruction, so it is kept */
  readonly #environment: Map<string, string>;
  /** names where the last RUN runs */
  container = "";
  /** what the last RUN runs, without the arguments before it */
  command: readonly string[] = [];
  /** the last RUN has HTTP_PROXY or its like from the build's arguments */
  proxied = false;
  /** CMD was set in this stage, so that ENTRYPOINT does not reset it */
  commandSet = false;
  /** WORKDIR was set, here or in a stage it was begun from */
  workdirSet = false;
  /** what the last RUN was run with: the directories of its volumes are there */
  ran: StageConfig | undefined;
  /** by kind, the last of those that count once */
  readonly lastOf = new Map<string, { range: SourceRange }>();

  constructor(name: string, base: Base, config: StageConfig, vertex: Vertex<BuildResult>, parent?: StageState) {
    this.parent = parent;
    this.name = name;
    this.base = base;
    this.config = config;
    this.#environment = new Map((config.toImage().Env ?? []).map((entry) => [nameOf(entry), valueOf(entry)]));
    this.author = base.author;
    this.layers = parent?.layers ?? base.layers.length;
    this.vertex = vertex;
    this.workdirSet = parent?.workdirSet === true;
    this.ran = parent?.ran;
    for (const [name, value] of parent?.args ?? []) {
      this.args.set(name, value);
    }
    for (const [name, value] of parent?.overrides() ?? []) {
      this.#overrides.set(name, value);
    }
  }

  /** What ENV or ARG set last. */
  get(name: string): string | undefined {
    return this.#overrides.get(name) ?? this.#environment.get(name);
  }

  /** ARG. @param value undefined: declared only */
  declare(name: string, value: string | undefined): void {
    this.args.set(name, value);
    if (value !== undefined) {
      this.#overrides.set(name, value);
    }
  }

  overrides(): ReadonlyMap<string, string> {
    return this.#overrides;
  }

  /** ENV. */
  setEnvironment(name: string, value: string): void {
    this.#overrides.delete(name);
    this.#environment.set(name, value);
    this.config = this.config.adding("Env", [`${name}=${value}`]);
  }

  /** Declared, even without a value. */
  declares(name: string): boolean {
    return this.args.has(name);
  }

  /** Of a process: arguments first, then what the image has; `NAME=value`. */
  runEnvironment(): string[] {
    const environment = this.#environment;
    const args = [...this.#overrides].filter(([name]) => !environment.has(name));
    const kept = [...environment].map(([name, value]) => [name, this.#overrides.get(name) ?? value]);
    return [...args, ...kept].map((entry) => entry.join("="));
  }

  environment(): ReadonlyMap<string, string> {
    return this.#environment;
  }

  /** Names that `$` finds something under. */
  names(): string[] {
    return [...this.environment().keys(), ...this.args.keys()];
  }

  get shell(): string[] {
    return this.config.plain.Shell ?? ["/bin/sh", "-c"];
  }

  get workdir(): string {
    return posix.resolve("/", this.config.plain.WorkingDir ?? "");
  }

  /** A change of the configuration alone. @param classic in the classic builder's words, where they are others */
  note(createdBy: string, classic = createdBy): void {
    this.history.push({ createdBy, classic, vertex: undefined });
  }

  /** A step that may make a layer. */
  advance(createdBy: string, vertex: Vertex<BuildResult>): void {
    this.vertex = vertex;
    this.history.push({ createdBy, classic: createdBy, vertex });
  }
}
