import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { Cancelled, isEngineError, messageOf, NotImplemented } from "../errdefs/errors.ts";
import type { Image } from "../images/image-store.ts";
import type { Lease } from "../leases/leases.ts";
import type { Digest } from "../oci/digest.ts";
import { deleteTree } from "../volumes/volume-files.ts";
import { BuildError } from "./build-error.ts";
import type { Builder, BuildRequest, PlannedInstruction } from "./builder.ts";
import { BuildCache } from "./cache/build-cache.ts";
import { StepRecords } from "./cache/step-records.ts";
import { BuildChecks } from "./checks/build-checks.ts";
import type { CheckedImage } from "./checks/checked-image.ts";
import type { Dockerfile } from "./dockerfile/ast.ts";
import { exportImage } from "./exporters/image.ts";
import { openRootTar } from "./exporters/root-tar.ts";
import type { PlannedStep, StageState } from "./lower/stage-state.ts";
import { announceMistake } from "./steps/announce-mistake.ts";
import { stageSummaries } from "./lower/stage-summaries.ts";
import { StepImages } from "./steps/step-images.ts";
import { planOf, unusedArguments, withLabels } from "./steps/step-plan.ts";
import { BaseImages } from "./lower/base-image.ts";
import { lowerAsFarAsPossible } from "./lower/as-far-as-possible.ts";
import { Lowering } from "./lower/lowering.ts";
import { GitContexts } from "./git/git-contexts.ts";
import type { ExecTools } from "./ops/exec-tools.ts";
import type { BuildWork } from "./ops/build-work.ts";
import { CacheMounts } from "./ops/cache-mounts.ts";
import type { FileTree } from "./ops/file-tree.ts";
import { FetchedTimes } from "./ops/remote-times.ts";
import type { BuildResult } from "./ops/result.ts";
import { RunFailed } from "./ops/run-failed.ts";
import { SourceImageOp } from "./ops/source-image.ts";
import { Workshop } from "./ops/workshop.ts";
import { type CacheExchange, cacheTargets } from "./portable/cache-exchange.ts";
import { BuildProgress } from "./progress.ts";
import { readContext } from "./read-context.ts";
import { BuildRecords } from "./records/build-records.ts";
import { checkGiven, type Given, givenOf, givenResults } from "./records/given.ts";
import { PullProgress } from "./pull-progress.ts";
import { stepFailure } from "./step-failure.ts";
import { type SolveOptions, Solver } from "./solver/solver.ts";
import type { LocalBuilderOptions } from "./local-builder-options.ts";

/** Longer than any build; a killed drydockd leaves its leases to lapse. */
const leaseMs = 6 * 3_600_000;

/** Builds images for one tenant. */
export class LocalBuilder implements Builder {
  readonly cache: BuildCache;
  readonly records: BuildRecords;
  readonly #options: LocalBuilderOptions;
  readonly #solver: Solver<BuildResult>;
  readonly #workshop: Workshop;
  readonly #cacheMounts: CacheMounts;
  readonly #steps: StepRecords;
  readonly #execTools: ExecTools;
  readonly git: GitContexts;
  readonly cacheDirectory: Builder["cacheDirectory"] = (id, seed) => this.#cacheMounts.directoryOf(id, seed);

  constructor(options: LocalBuilderOptions) {
    const { tenant, database, layers, snapshots, mounter } = options;
    this.#options = options;
    this.#cacheMounts = new CacheMounts(path.join(options.stateDir, "cache-mounts"));
    this.cache = new BuildCache({
      mounts: this.#cacheMounts,
      scope: options.group?.scope ?? tenant.id,
      database,
      layers,
      imageLayers: () => new Set(options.images.list().flatMap((image) => image.layers)),
      ...(options.cacheLimits === undefined ? {} : { limits: options.cacheLimits }),
      forgetLeft: () => this.records.forgetLeft(),
      ...(options.onCachePruned === undefined ? {} : { onPruned: options.onCachePruned }),
    });
    this.records = new BuildRecords(database, tenant.id, (id) => options.images.has(id));
    this.#solver = new Solver(this.cache, options.parallelism ?? 8, options.group?.flights, options.pace);
    const directory = path.join(options.runDir, "mounts");
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    this.#workshop = new Workshop({
      snapshots,
      mounter,
      layers,
      directory,
      prefix: `build-${tenant.id}-`,
      owner: tenant.idMap.hostBase,
      ...(options.pace === undefined ? {} : { time: options.pace }),
      ...(options.admit === undefined ? {} : { admit: options.admit }),
    });
    this.#steps = new StepRecords(database, tenant.id);
    const tools = { ...options, cacheMounts: this.#cacheMounts, directory: path.join(options.runDir, "steps") };
    this.#execTools = tools;
    const contexts = path.join(options.stateDir, "git-contexts");
    this.git = new GitContexts({ ...options, workshop: this.#workshop, tools, directory: contexts });
  }

  expectBuild(): void {
    this.#options.executor.expectStart?.();
  }

  /** Removes what builds left that a killed drydockd was at. Call once, before the first build. */
  async recover(): Promise<void> {
    await this.#workshop.recover();
    this.git.recover();
    rmSync(path.join(this.#options.runDir, "steps"), { recursive: true, force: true });
  }

  /** Drops the cache and cache mounts: the tenant goes away. No build may be running. */
  async destroy(): Promise<void> {
    await this.#cacheMounts.idle();
    if (this.#options.group?.isNeeded() !== true) {
      this.cache.destroy();
    }
    this.records.destroy();
    await deleteTree(this.#options.stateDir);
    rmSync(this.#options.runDir, { recursive: true, force: true });
  }

  async openFiles(
    image: Digest,
    options: { epoch?: number | undefined; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const { images, leases } = this.#options;
    return openRootTar({ workshop: this.#workshop, leases }, images.get(image), options);
  }

  async build(asked: BuildRequest): Promise<{ imageId: Digest }> {
    const request = this.#options.overhear?.(asked) ?? asked;
    const startedAt = performance.now();
    const elapsed = (): number => Math.round(performance.now() - startedAt);
    const name = "path" in request.dockerfile ? request.dockerfile.path : request.dockerfile.name;
    request.onEvent({ type: "started", buildId: request.id, dockerfile: name });
    try {
      const image = await this.#build(request, name);
      request.onEvent({ type: "completed", imageId: image.id, tags: request.tags, durationMs: elapsed() });
      return { imageId: image.id };
    } catch (error) {
      if (request.signal.aborted || isEngineError(error, "cancelled")) {
        request.onEvent({ type: "cancelled", durationMs: elapsed() });
        throw isEngineError(error, "cancelled") ? error : new Cancelled("the build was cancelled", { cause: error });
      }
      const failure =
        error instanceof BuildError ? error : new BuildError(messageOf(error), undefined, { cause: error });
      request.onEvent({ type: "failed", error: failure.toFailure(), durationMs: elapsed() });
      throw failure;
    }
  }

  async #build(request: BuildRequest, name: string): Promise<Image> {
    const override = request.buildArgs["BUILDKIT_DOCKERFILE_CHECK"];
    const checkText = (text: Dockerfile): BuildChecks => BuildChecks.ofText(text, override, request.onEvent);
    const { tree, dockerfile: written } = readContext(request, name, (above) => {
      // the classic builder refuses a file that it cannot read before it says anything else
      if (request.steps === undefined) checkText(above);
    });
    const checks = checkText(written);
    const dockerfile = request.steps === undefined ? written : withLabels(written, request.labels, request.target);
    const plan = planOf(dockerfile, request.target);
    request.steps?.planned(plan, unusedArguments(written, request.buildArgs));
    const startedAt = Date.now();
    let made: Image | undefined;
    const lease = this.#options.leases.create(`build ${request.id} of ${this.#options.tenant.id}`, leaseMs);
    const letGo = request.context.hold?.();
    const subject = request.tags[0] ?? name;
    const progress = new BuildProgress({
      onEvent: (event) => {
        checks.hear(event);
        request.onEvent(event);
      },
      lease,
      cache: this.cache,
      previous: () => this.#steps.load(subject),
    });
    const soFar = () => progress.journal.kept(request, { startedAt, made });
    const over = this.records.begin(request.id, soFar);
    try {
      const lower = async (text: Dockerfile) => {
        const pulls = new PullProgress(request);
        const lowering = this.#lowering(request, text, { tree, lease, pulls, checks });
        try {
          const state = await lowering.lower();
          return { state, steps: lowering.steps, epoch: lowering.work.epoch };
        } catch (error) {
          if (request.steps === undefined) {
            announceMistake(error, { dockerfile: text, request, pulls });
          }
          throw error;
        }
      };
      const { state, steps, epoch, mistake } = await lowerAsFarAsPossible(request, dockerfile, lower);
      checks.failIfAsked();
      const given = givenOf(request.resumed, steps, state.vertex);
      progress.plan(steps, given);
      request.onEvent({ type: "stages", stages: stageSummaries(dockerfile, steps) });
      checkGiven(request.resumed, given);
      if (request.steps !== undefined) {
        const id = await this.#solveSteps(steps, { dockerfile, request, plan, epoch }, progress);
        if (mistake !== undefined || id === undefined) {
          throw mistake ?? new BuildError("No image was generated. Is your Dockerfile empty?", undefined);
        }
        for (const tag of request.tags) {
          this.#options.images.tag(id, tag);
        }
        made = this.#options.images.get(id);
        checks.finish(checkedImage(state, steps));
        return made;
      }
      await this.#solveStage(state, { dockerfile, request, given, lease, steps }, progress);
      const cacheTo = cacheTargets(request);
      made = await exportImage({
        images: this.#options.images,
        state,
        steps,
        source: dockerfile.source,
        solved: progress.solved,
        byHand: given.byHand,
        labels: request.labels,
        platform: request.platform,
        tags: request.tags,
        epoch,
        inlineCache: cacheTo.some(({ type }) => type === "inline") ? progress.recorder.records() : undefined,
      });
      if (cacheTo.some(({ type }) => type !== "inline")) {
        const records = progress.recorder.records();
        await this.#caches.export(cacheTo, { ...request, lease }, { records, image: made });
      }
      await request.deliver?.(made.id, epoch);
      checks.finish(checkedImage(state, steps));
      return made;
    } finally {
      this.#steps.save(subject, progress.records);
      over();
      const record = soFar();
      if (record.steps.length > 0) this.records.save({ ...record, finishedAt: Date.now() });
      this.cache.flush();
      await progress.whenIdle(() => {
        progress.release();
        this.cache.trim();
        lease.release();
        letGo?.();
      });
    }
  }

  get #caches(): CacheExchange {
    if (this.#options.caches === undefined) {
      throw new NotImplemented("this builder takes no cache from elsewhere, and leaves none");
    }
    return this.#options.caches;
  }

  /** With a cache from elsewhere each step of the image is a target: it may have them without what they were made from. */
  async #solveStage(
    state: StageState,
    {
      dockerfile,
      request,
      given,
      lease,
      steps,
    }: {
      dockerfile: Dockerfile;
      request: BuildRequest;
      given: Given;
      lease: Lease;
      steps: readonly PlannedStep[];
    },
    progress: BuildProgress,
  ): Promise<void> {
    const { cacheFrom = [] } = request;
    const results = givenResults(given, this.#options.layers);
    // What was made before is told and goes into the image, though nothing is made of it any more.
    const beneath = given.beneath.map(({ vertex }) => vertex);
    if (cacheFrom.length === 0) {
      await this.#solve([...beneath, state.vertex], dockerfile, request, progress, { given: results });
      return;
    }
    const imported = await this.#caches.import(cacheFrom, { ...request, lease }, this.cache);
    const targets = new Set(state.history.flatMap(({ vertex }) => vertex ?? []));
    // They are here, and what is before a step that is imported.
    const bases = steps.flatMap(({ vertex }) => (vertex?.op instanceof SourceImageOp ? [vertex] : []));
    const all = [...bases, ...beneath, ...targets, state.vertex];
    await this.#solve(all, dockerfile, request, progress, { imported, given: results });
    progress.tellUnneeded();
  }

  /** The id of the last step's image. */
  async #solveSteps(
    steps: readonly PlannedStep[],
    build: {
      dockerfile: Dockerfile;
      request: BuildRequest;
      plan: readonly PlannedInstruction[];
      epoch: number | undefined;
    },
    progress: BuildProgress,
  ): Promise<Digest | undefined> {
    const { dockerfile, request, plan, epoch } = build;
    const images = new StepImages({
      images: this.#options.images,
      layers: this.#options.layers,
      steps,
      plan,
      source: dockerfile.source,
      noCache: request.noCache,
      epoch,
      cacheImages: request.cacheImages,
      keptLayers: this.records.stepLayers(),
      takesAll: this.#options.group !== undefined,
      version: this.#options.version ?? "",
      onImage: (step) => request.steps?.image(step),
    });
    request.steps?.placed?.(new Map(steps.map(({ id, container }) => [id, container])));
    progress.onSolved = (...told) => images.solved(...told);
    const made = images.run();
    // Its failure is told below, after the solver's; nothing after it need run.
    const ended = new AbortController();
    made.catch(() => ended.abort());
    const solving = { ...request, signal: AbortSignal.any([request.signal, ended.signal]) };
    try {
      await this.#solve([...new Set(steps.flatMap(({ vertex }) => vertex ?? []))], dockerfile, solving, progress, {
        accepts: (vertex, result) => images.accepts(vertex, result),
        imported: images.named,
      });
    } catch (error) {
      images.stop();
      await made;
      const { failedStep } = progress;
      if (failedStep?.kind === "run" && !isEngineError(error, "cancelled")) {
        const cause = error instanceof BuildError && error.cause instanceof RunFailed ? error.cause : undefined;
        await request.steps?.failed?.(images.containerOf(failedStep), cause, error);
      }
      throw error;
    }
    images.stop();
    return made;
  }

  async #solve(
    targets: Parameters<Solver<BuildResult>["solve"]>[0],
    dockerfile: Dockerfile,
    request: BuildRequest,
    progress: BuildProgress,
    options: Pick<SolveOptions<BuildResult>, "accepts" | "imported" | "given">,
  ): Promise<void> {
    try {
      await this.#solver.solve(targets, { signal: request.signal, observer: progress, ...options });
    } catch (error) {
      throw stepFailure(error, progress.failedStep?.range, dockerfile);
    }
  }

  #lowering(
    request: BuildRequest,
    dockerfile: Dockerfile,
    { tree, lease, pulls, checks }: { tree: FileTree; lease: Lease; pulls: PullProgress; checks: BuildChecks },
  ): Lowering {
    const options = this.#options;
    const { tenant, digests, users, urls } = options;
    const work: BuildWork = { tenant, lease, workshop: this.#workshop, digests, users, urls, renewed: new Set() };
    return new Lowering({
      dockerfile,
      request,
      tree,
      work,
      execTools: this.#execTools,
      times: new FetchedTimes(work, request.signal),
      baseImages: new BaseImages({
        images: options.images,
        transfer: options.transfer,
        pull: request.pull,
        anyPlatform: request.steps !== undefined,
        auth: request.auth,
        signal: request.signal,
      }),
      network: request.network === "default" ? "bridge" : request.network || "bridge",
      onWarning: (warning) => {
        checks.report(warning);
      },
      onPull: (image, place, progress) => {
        pulls.report(image, place, progress);
      },
      onPulled: (image, error) => {
        pulls.end(image, error);
      },
    });
  }
}

function checkedImage(state: StageState, steps: readonly PlannedStep[]): CheckedImage {
  return { user: state.config.plain.User ?? "", target: state.name, stages: new Set(steps.map((step) => step.stage)) };
}
