import { Pace } from "../../diff/pace.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import type { Image } from "../../images/image-store.ts";
import { hostPlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import type { TransferProgress } from "../../remotes/remotes.ts";
import { BaseUnavailable } from "../../remotes/base-unavailable.ts";
import { mistake } from "../mistake.ts";
import type { IgnoreRules } from "../dockerignore.ts";
import type { Dockerfile, FromInstruction, Instruction, Stage, Warning } from "../dockerfile/ast.ts";
import { parseTrigger } from "../dockerfile/parser.ts";
import { closest } from "../../../contract/suggest.ts";
import type { BuildWork } from "../ops/build-work.ts";
import { ContextOp } from "../ops/context.ts";
import type { ExecTools } from "../ops/exec-tools.ts";
import type { FileTree } from "../ops/file-tree.ts";
import type { BuildResult } from "../ops/result.ts";
import type { RemoteTimes } from "../ops/remote-times.ts";
import { SourceImageOp } from "../ops/source-image.ts";
import { WorkdirOp } from "../ops/workdir.ts";
import type { Vertex } from "../solver/types.ts";
import { GlobalArguments, platformArguments } from "./arguments.ts";
import { baseOf, scratchBase, withPath } from "./base.ts";
import type { BaseImages } from "./base-image.ts";
import { lowerConfiguration, resolveWorkdir } from "./configuration.ts";
import { lowerCopy } from "./copy.ts";
import { baseName, basePlatform, checkStages, declareGlobals } from "./stage-checks.ts";
import { checkBasePlatform, checkScratchPlatform, warnOfRelativeWorkdir, warnOfSecret } from "./warnings.ts";
import { resolveEpoch } from "./epoch.ts";
import { ImageBounds } from "./image-bounds.ts";
import type { LoweringContext, LoweringRequest } from "./lowering-context.ts";
import { type FoundContext, NamedContexts } from "./named-contexts.ts";
import { Place } from "./place.ts";
import { lowerRun } from "./run.ts";
import { stagesUpTo } from "../steps/step-plan.ts";
import { type PlannedStep, StageState } from "./stage-state.ts";
import { StageConfig } from "./stage-config.ts";
import { StageSteps } from "./stage-steps.ts";
import { makeVertex } from "./vertex.ts";

export interface LoweringOptions {
  dockerfile: Dockerfile;
  request: LoweringRequest;
  tree: FileTree;
  work: BuildWork;
  execTools: ExecTools;
  baseImages: BaseImages;
  times: RemoteTimes;
  network: string;
  onWarning: (warning: Warning) => void;
  /** a pull on behalf of a FROM (or --from) at `place` */
  onPull: (image: string, place: Place, progress: TransferProgress) => void;
  /** an image is there, or cannot be had: then why */
  onPulled: (image: string, error?: unknown) => void;
}

/**
 * Turns a parsed Dockerfile into vertices for the solver. Only the target's stage and those it needs are touched, so
 * that images of others are not even looked for.
 */
export class Lowering implements LoweringContext {
  /** of all stages touched, in the order of the Dockerfile within each */
  readonly steps: PlannedStep[] = [];
  readonly #options: LoweringOptions;
  readonly #globals: GlobalArguments;
  readonly #stages = new Map<number, Promise<StageState>>();
  readonly #context: Vertex<BuildResult>;
  readonly #scratch: Vertex<BuildResult>;
  readonly #contexts: NamedContexts;
  readonly #pace = new Pace();
  readonly #bounds: ImageBounds;
  /** what the image is for */
  readonly #target: Platform;
  #buildArgs: LoweringRequest["buildArgs"];

  constructor(options: LoweringOptions) {
    this.#options = options;
    this.#buildArgs = options.request.buildArgs;
    this.#bounds = new ImageBounds({ countLayers: options.request.steps === undefined });
    this.#target = options.request.platform ?? hostPlatform();
    this.#globals = new GlobalArguments(platformArguments(this.#target, hostPlatform(), options));
    this.#context = makeVertex(["context"], new ContextOp(options.tree), [], false);
    this.#scratch = makeVertex(["scratch"], new SourceImageOp("scratch", undefined, options.work), [], false);
    this.#contexts = new NamedContexts(options.request, options.work, this.#scratch);
  }

  get request(): LoweringRequest {
    return this.#options.request;
  }

  get work(): BuildWork {
    return this.#options.work;
  }

  get execTools(): ExecTools {
    return this.#options.execTools;
  }

  get ignore(): IgnoreRules | undefined {
    return this.#options.tree.ignore;
  }

  get network(): string {
    return this.#options.network;
  }

  contextVertex(): Vertex<BuildResult> {
    return this.#context;
  }

  scratch(): Vertex<BuildResult> {
    return this.#scratch;
  }

  /** The target stage, lowered with all it needs. @throws BuildError, Cancelled */
  async lower(): Promise<StageState> {
    const { dockerfile, request } = this.#options;
    const at = (instruction: Instruction): Place => this.#place(instruction);
    declareGlobals(dockerfile, this.#globals, request.buildArgs, at);
    const { times } = this.#options;
    const contexts = this.#contexts;
    this.#buildArgs = await resolveEpoch(this.#globals, { context: this, contexts, dockerfile, times, at });
    checkStages(dockerfile, this.#globals, at);
    // Before any image is pulled.
    const target = this.#targetStage(dockerfile.stages, request.target);
    for (const stage of request.steps === undefined ? [] : stagesUpTo(dockerfile.stages, request.target)) {
      await this.#lowerStage(stage);
    }
    return this.#lowerStage(target);
  }

  ignoresCache({ name }: StageState): boolean {
    const { noCache, noCacheStages = [] } = this.request;
    return noCache || noCacheStages.some((stage) => stage.toLowerCase() === name.toLowerCase());
  }

  async sourceVertex(name: string, place: Place, mountedOn?: string): Promise<Vertex<BuildResult>> {
    const given = this.#contexts.find(name);
    if (given?.kind === "directory") {
      return mountedOn === undefined ? given.tree : given.files;
    }
    if (given?.name === "scratch") {
      return this.#scratch;
    }
    if (given !== undefined) {
      return this.#imageVertex(given.name, await this.#resolveImage(given.name, this.request.platform, place));
    }
    const { stages } = this.#options.dockerfile;
    const current = stages.findLastIndex((stage) => stage.from.range.startLine <= place.range.startLine);
    const stage = /^\d+$/.test(name) ? stages[Number(name)] : this.#stageNamed(name, stages.length);
    if (stage !== undefined) {
      if (stage.index >= current) {
        const here = stages[current]?.name ?? "";
        const what =
          mountedOn === undefined
            ? `cannot copy from stage "${name}", it needs to be defined before current stage "${here}"`
            : `cannot mount from stage "${name}" to "${mountedOn}", stage needs to be defined before current command`;
        throw place.fail(what, {
          ...(/^\d+$/.test(name) ? mistake({ kind: "stage-number", number: name }) : {}),
          hint: "a stage can only use stages above it",
        });
      }
      return (await this.#lowerStage(stage)).vertex;
    }
    if (/^\d+$/.test(name)) {
      throw place.fail(`invalid from flag value ${name}: there is no stage of that number`, {
        ...mistake({ kind: "stage-number", number: name }),
        hint: `stages are counted from 0; this Dockerfile has ${stages.length}`,
      });
    }
    if (name.toLowerCase() === "scratch") {
      return this.#scratch;
    }
    return this.#imageVertex(name, await this.#resolveSource(name, place));
  }

  #targetStage(stages: readonly Stage[], target: string | undefined): Stage {
    const last = stages.at(-1);
    const found =
      target === undefined || target === ""
        ? last
        : (this.#stageNamed(target, stages.length) ?? (/^\d+$/.test(target) ? stages[Number(target)] : undefined));
    if (found === undefined) {
      const names = stages.flatMap((stage) => stage.from.alias ?? []);
      const match = closest(target ?? "", names);
      const range = stages[0]?.from;
      const place = range === undefined ? undefined : this.#place(range);
      const message = `target stage "${target}" could not be found${match === undefined ? "" : ` (did you mean ${match}?)`}`;
      throw place?.fail(message, {
        ...mistake({ kind: "unknown-target", target: target ?? "" }),
        hint: names.length === 0 ? "no stage has a name" : `stages are ${names.join(", ")}`,
      });
    }
    return found;
  }

  /** The last stage of that name among the first `before`. */
  #stageNamed(name: string, before: number): Stage | undefined {
    return this.#options.dockerfile.stages
      .slice(0, before)
      .findLast((stage) => stage.from.alias === name.toLowerCase());
  }

  async #lowerStage(stage: Stage): Promise<StageState> {
    let lowered = this.#stages.get(stage.index);
    if (lowered === undefined) {
      lowered = this.#lowerInstructions(stage);
      this.#stages.set(stage.index, lowered);
    }
    return lowered;
  }

  async #lowerInstructions(stage: Stage): Promise<StageState> {
    const place = this.#place(stage.from);
    const given = this.#contexts.find(stage.from.alias ?? "");
    const state = given === undefined ? await this.#base(stage, place) : await this.#given(given, stage, place);
    const alone = this.#options.dockerfile.stages.length === 1 && stage.from.alias === undefined;
    const steps = new StageSteps(stage, state, alone ? "" : stage.name);
    steps.add(stage.from);
    if (given !== undefined) {
      this.steps.push(...steps.planned);
      return state;
    }
    for (const text of state.config.toImage().OnBuild ?? []) {
      const trigger = parseTrigger(text);
      await this.#lowerInstruction(trigger, state, place.ofTrigger());
      this.#bounds.add(trigger, state, place);
      steps.add({ ...trigger, text: `ONBUILD ${trigger.text}` }, stage.from.range, true);
    }
    state.config = state.config.withoutTriggers();
    for (const instruction of stage.instructions) {
      if (this.#pace.due) await this.#pace.rest();
      await this.#lowerInstruction(instruction, state, this.#place(instruction));
      this.#bounds.add(instruction, state, this.#place(instruction));
      steps.add(instruction);
    }
    this.steps.push(...steps.planned);
    return state;
  }

  async #lowerInstruction(
    instruction: Exclude<Instruction, FromInstruction>,
    state: StageState,
    place: Place,
  ): Promise<void> {
    switch (instruction.kind) {
      case "run":
        await lowerRun(instruction, state, place, this);
        return;
      case "copy":
      case "add":
        await lowerCopy(instruction, state, place, this);
        return;
      case "arg":
        this.#declare(instruction, state, place);
        return;
      case "workdir":
        this.#lowerWorkdir(instruction.value, state, place);
        return;
      default:
        lowerConfiguration(instruction, state, place, { classic: this.request.steps !== undefined });
    }
  }

  #declare(instruction: Instruction & { kind: "arg" }, state: StageState, place: Place): void {
    const shown: string[] = [];
    const classic: string[] = [];
    const show = (name: string, value: string | undefined) => (value === undefined ? name : `${name}=${value}`);
    for (const { name, value } of instruction.args) {
      warnOfSecret("ARG", name, place);
      const given = this.#buildArgs[name];
      const effective = given ?? (value === undefined ? this.#globals.get(name) : place.expand(value, state));
      // BuildKit lets the later one count; with the classic builder an ENV always does.
      const hidden = this.request.steps !== undefined && state.environment().has(name);
      state.declare(name, hidden ? undefined : effective);
      shown.push(show(name, effective));
      // the classic builder shows the default, whatever is given
      const isDefault = given === undefined && value !== undefined;
      classic.push(show(name, isDefault ? effective : value && place.expandedOr(value, state)));
    }
    state.note(`ARG ${shown.join(" ")}`, `ARG ${classic.join(" ")}`);
  }

  #lowerWorkdir(value: string, state: StageState, place: Place): void {
    const written = place.expand(value, state);
    warnOfRelativeWorkdir(written, state, place);
    const directory = resolveWorkdir(state.workdir, written);
    const classic = this.request.steps !== undefined;
    // an absolute one stays as it is written, and an empty one is the last as that was written
    const asWritten = written === "" ? (state.config.plain.WorkingDir ?? "") : written;
    const kept = asWritten.startsWith("/") ? asWritten : directory;
    state.config = state.config.with({ WorkingDir: kept });
    const shown = `WORKDIR ${kept}`;
    if (directory === "/") {
      state.note(shown);
      return;
    }
    // The classic builder makes it as root, whoever USER is.
    const user = classic ? "" : (state.config.plain.User ?? "");
    const op = new WorkdirOp(directory, user, this.work);
    state.advance(shown, makeVertex(["workdir", directory, user], op, [state.vertex], this.ignoresCache(state)));
  }

  async #base(stage: Stage, place: Place): Promise<StageState> {
    const { from } = stage;
    const name = baseName(from, this.#globals, place);
    const earlier = this.#stageNamed(name, stage.index);
    const given = earlier === undefined ? this.#contexts.find(name) : undefined;
    if (given !== undefined) {
      return this.#given(given, stage, place);
    }
    if (name === "scratch" && earlier === undefined) {
      return this.#onScratch(stage, place);
    }
    if (earlier !== undefined) {
      const parent = await this.#lowerStage(earlier);
      const state = new StageState(stage.name, parent.base, parent.config, parent.vertex, parent);
      state.author = parent.author;
      state.history.push(...parent.history);
      return state;
    }
    const platform = basePlatform(from, this.#globals, place) ?? this.request.platform;
    return this.#onImage(name, platform, stage, place);
  }

  /** `FROM scratch`, in whose configuration BuildKit and the classic builder differ. */
  #onScratch(stage: Stage, place: Place, classic = this.request.steps !== undefined): StageState {
    checkScratchPlatform(this.#target, this.request.deliver !== undefined, place);
    const base = scratchBase(this.#target);
    const config = StageConfig.of(withPath(classic ? {} : { WorkingDir: "/" }, base.platform));
    return new StageState(stage.name, base, config, this.#scratch);
  }

  async #onImage(name: string, platform: Platform | undefined, stage: Stage, place: Place): Promise<StageState> {
    const image = await this.#resolveImage(name, platform, place);
    checkBasePlatform(name, image, platform ?? hostPlatform(), place);
    const base = baseOf(name, image);
    const config = StageConfig.of(withPath(image.config.config ?? {}, base.platform));
    return new StageState(stage.name, base, config, this.#imageVertex(name, image));
  }

  /** A stage that is what a context of its name, or of its base's, holds. */
  async #given(context: FoundContext, stage: Stage, place: Place): Promise<StageState> {
    if (context.kind === "image" && context.name === "scratch") {
      return this.#onScratch(stage, place);
    }
    if (context.kind === "image") {
      const platform = basePlatform(stage.from, this.#globals, place) ?? this.request.platform;
      return this.#onImage(context.name, platform, stage, place);
    }
    const state = this.#onScratch(stage, place, false);
    state.advance(stage.from.text, context.files);
    return state;
  }

  async #resolveImage(name: string, platform: Platform | undefined, place: Place): Promise<Image> {
    try {
      const image = await this.#options.baseImages.resolve(name, platform, (progress) => {
        this.#options.onPull(name, place, progress);
      });
      this.#options.onPulled(name);
      return image;
    } catch (error) {
      this.#options.onPulled(name, error);
      const names = this.#options.dockerfile.stages.flatMap((stage) => stage.from.alias ?? []);
      const match = closest(name, names);
      const known = error instanceof BaseUnavailable ? error.hint : undefined;
      throw place.locate(error, match === undefined ? known : `did you mean the stage ${match}?`);
    }
  }

  /** What `--from` names. The classic builder says of every failure that it is the flag's. */
  async #resolveSource(name: string, place: Place): Promise<Image> {
    try {
      return await this.#resolveImage(name, this.request.platform, place);
    } catch (error) {
      if (this.request.steps === undefined || isEngineError(error, "cancelled")) throw error;
      throw place.fail(`invalid from flag value ${name}: ${messageOf(error)}`, { cause: error });
    }
  }

  #imageVertex(name: string, image: Image): Vertex<BuildResult> {
    return makeVertex(["image", image.layers], new SourceImageOp(name, image, this.work), [], false);
  }

  #place(instruction: Instruction): Place {
    const { dockerfile, onWarning } = this.#options;
    return new Place(dockerfile.source, instruction.range, dockerfile.directives.escape, onWarning);
  }
}
