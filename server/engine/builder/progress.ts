import type { BuildVertex, CacheReason, NewBuildEvent } from "../../contract/build-events.ts";
import { messageOf } from "../errdefs/errors.ts";
import type { Lease } from "../leases/leases.ts";
import type { Digest } from "../oci/digest.ts";
import type { BuildCache } from "./cache/build-cache.ts";
import { counterpart, explainMiss } from "./cache/explain.ts";
import { type StepRecord, stepRecord } from "./cache/step-records.ts";
import type { PlannedStep } from "./lower/stage-state.ts";
import type { HandWork } from "./records/build-records.ts";
import { evidenceOf } from "./records/evidence.ts";
import { CacheRecorder } from "./portable/cache-recorder.ts";
import type { Given } from "./records/given.ts";
import { StepJournal } from "./records/step-journal.ts";
import type { BuildResult } from "./ops/result.ts";
import type { ExecStatus, KeyReport, Solved, SolveObserver, Vertex } from "./solver/types.ts";
import { StepOutput } from "./step-output.ts";

export interface ProgressOptions {
  onEvent: (event: NewBuildEvent) => void;
  lease: Lease;
  cache: BuildCache;
  /** steps of the last build of the same subject; not asked for where nothing has to be explained */
  previous: () => readonly StepRecord[];
}

/** Tells what the solver does as build events: names steps, bounds output, and says why each ran. */
export class BuildProgress implements SolveObserver<BuildResult> {
  readonly solved = new Map<Digest, Solved<BuildResult>>();
  /** what the steps were made from, for the next build's explanations */
  readonly records: StepRecord[] = [];
  /** what became of each step, to be kept */
  readonly journal = new StepJournal();
  /** for a cache that travels */
  readonly recorder = new CacheRecorder();
  readonly #options: ProgressOptions;
  #previous: readonly StepRecord[] | undefined;
  #byHand: Given["byHand"] = new Map();
  #executing = 0;
  readonly #whenIdle: (() => void)[] = [];
  readonly #steps = new Map<Digest, PlannedStep>();
  readonly #started = new Map<Digest, number>();
  readonly #outputs = new Map<Digest, StepOutput>();
  readonly #holds: (() => void)[] = [];
  readonly #recognised = new Set<Digest>();
  #failed: PlannedStep | undefined;
  /** Hears of each vertex that is solved. */
  onSolved: ((vertex: Vertex<BuildResult>, solved: Solved<BuildResult>, report: KeyReport) => void) | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** The step whose failure came first. */
  get failedStep(): PlannedStep | undefined {
    return this.#failed;
  }

  /** Announces all steps; those that only change the configuration are done with that. */
  plan(steps: readonly PlannedStep[], { byHand }: Pick<Given, "byHand">): void {
    const { onEvent } = this.#options;
    this.#byHand = byHand;
    this.journal.plan(steps, byHand);
    const work = [...byHand.values()];
    for (const step of steps) {
      const count = steps.filter((other) => other.stage === step.stage).length;
      const label = [step.stageLabel, `${step.index + 1}/${count}`].filter((part) => part !== "").join(" ");
      const inputs = step.vertex?.inputs.flatMap((input) => this.#steps.get(input.digest)?.id ?? []) ?? [];
      // two FROM of one image are one vertex: each is shown, the first stands for it
      const shared = step.vertex !== undefined && this.#steps.has(step.vertex.digest);
      if (step.vertex !== undefined && !shared) {
        this.#steps.set(step.vertex.digest, step);
      }
      onEvent({
        type: "vertex",
        vertex: {
          id: step.id,
          name: `[${label}] ${step.instruction}`,
          instruction: step.instruction,
          stage: step.stage,
          range: step.range,
          inputs,
          ...(step.standIn === undefined ? {} : { standIn: step.standIn }),
          ...(step.pinned === undefined ? {} : { image: step.pinned }),
          ...byHandOf(work.filter(({ step: id }) => id === step.id)),
        },
      });
    }
    for (const step of steps) {
      if (step.vertex === undefined || this.#steps.get(step.vertex.digest) !== step) {
        this.#completeAtOnce(step);
      }
    }
  }

  started(vertex: Vertex<BuildResult>): void {
    this.#started.set(vertex.digest, performance.now());
    const step = this.#steps.get(vertex.digest);
    if (step !== undefined) {
      this.journal.started(step);
      this.#options.onEvent({ type: "vertex-started", id: step.id });
    }
  }

  output(vertex: Vertex<BuildResult>, stream: "stdout" | "stderr", chunk: Buffer): void {
    const step = this.#steps.get(vertex.digest);
    if (step === undefined) {
      return;
    }
    let output = this.#outputs.get(vertex.digest);
    if (output === undefined) {
      output = new StepOutput((name, text, truncated) => {
        const left = truncated === undefined ? {} : { truncated };
        this.#options.onEvent({ type: "log", id: step.id, stream: name, text, ...left });
      });
      this.#outputs.set(vertex.digest, output);
    }
    output.write(stream, chunk);
  }

  status(vertex: Vertex<BuildResult>, status: ExecStatus): void {
    const step = this.#steps.get(vertex.digest);
    if (step !== undefined) {
      this.#options.onEvent({ type: "status", id: step.id, ...status });
    }
  }

  completed(vertex: Vertex<BuildResult>, solved: Solved<BuildResult>, report: KeyReport): void {
    const { lease, cache, onEvent } = this.#options;
    if (solved.result.kind === "layer" && solved.result.layer !== undefined) {
      lease.add({ kind: "layer", id: solved.result.layer });
    }
    if (solved.cacheable) {
      this.#holds.push(cache.hold(solved.id));
    }
    this.solved.set(vertex.digest, solved);
    this.recorder.note(vertex, report, solved);
    this.journal.solved(vertex, solved);
    this.onSolved?.(vertex, solved, report);
    const step = this.#steps.get(vertex.digest);
    if (step === undefined) {
      return;
    }
    this.#outputs.get(vertex.digest)?.end();
    const bytes = this.#addedBytes(vertex, solved);
    const record = stepRecord(step.stage, step.index, report);
    // Of what is given nothing is known anew.
    const known = report.given === true ? this.#before(record) : record;
    if (known !== undefined) this.records.push(known);
    const reason = this.#reason(step, solved, report, () => explainMiss(record, this.#before(record)));
    const { cached, measures } = solved;
    const evidence = cached ? undefined : evidenceOf(record, this.#before(record), this.journal.parentsThatRan(step));
    this.journal.completed(step, { cached, reason, evidence, measures, totalMs: this.#duration(vertex) });
    onEvent({
      type: "vertex-completed",
      id: step.id,
      cached,
      reason,
      durationMs: this.#duration(vertex),
      ...(bytes === undefined ? {} : { layerBytes: bytes }),
    });
  }

  /** The same step in the last build. */
  #before(record: StepRecord): StepRecord | undefined {
    this.#previous ??= this.#options.previous();
    return counterpart(record, this.#previous);
  }

  recognised(vertex: Vertex<BuildResult>, report: KeyReport): void {
    this.recorder.note(vertex, report, undefined);
    this.#recognised.add(vertex.digest);
  }

  /** All is solved: steps that were found by their keys alone, as an imported cache has what is made of them. */
  tellUnneeded(): void {
    for (const [digest, step] of this.#steps) {
      if (this.#recognised.has(digest) && !this.solved.has(digest)) this.#completeAtOnce(step);
    }
  }

  failed(vertex: Vertex<BuildResult>, error: unknown): void {
    const step = this.#steps.get(vertex.digest);
    if (step === undefined) {
      return;
    }
    this.#failed ??= step;
    this.journal.failed(step, error, this.#duration(vertex));
    this.#outputs.get(vertex.digest)?.end();
    this.#options.onEvent({
      type: "vertex-completed",
      id: step.id,
      cached: false,
      reason: { kind: "not-cacheable", detail: "It failed: what it had changed is thrown away, and no layer is made." },
      durationMs: this.#duration(vertex),
      error: messageOf(error),
    });
  }

  describe(vertex: Vertex<BuildResult>): string {
    return this.#steps.get(vertex.digest)?.instruction ?? "files of the build context";
  }

  executing(settled: Promise<void>): void {
    this.#executing++;
    void settled.then(() => {
      this.#executing--;
      if (this.#executing === 0) {
        // those who waited for it take their result first
        setImmediate(() => this.#callBack());
      }
    });
  }

  #callBack(): void {
    for (const body of this.#whenIdle.splice(0)) {
      try {
        body();
      } catch (error) {
        process.emitWarning(`what a build used could not be let go: ${messageOf(error)}`);
      }
    }
  }

  /** Calls back once nothing that this build has begun goes on: at once, unless another build waits for it still. */
  async whenIdle(body: () => void): Promise<void> {
    if (this.#executing > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#executing > 0) {
      this.#whenIdle.push(body);
    } else {
      body();
    }
  }

  /** The build has ended: what it used may be pruned. */
  release(): void {
    for (const release of this.#holds.splice(0)) {
      release();
    }
  }

  #reason(step: PlannedStep, solved: Solved<BuildResult>, report: KeyReport, explain: () => CacheReason): CacheReason {
    if (step.instruction.toUpperCase().startsWith("FROM")) {
      return { kind: "hit", detail: "The base image is on this machine." };
    }
    if (report.given === true) {
      const changed = this.#byHand.has(step.vertex?.digest as Digest);
      const detail = changed
        ? "It is as it was in the build that this one goes on from, with what was changed in a shell since."
        : "It is as it was in the build that this one goes on from.";
      return { kind: "hit", detail };
    }
    if (solved.cached) {
      return { kind: "hit", detail: "Nothing that it depends on has changed since it last ran." };
    }
    if (report.ignored) {
      return { kind: "no-cache", detail: "The build was asked not to use the cache." };
    }
    if (!report.cacheable) {
      return { kind: "not-cacheable", detail: "This step runs in every build." };
    }
    return explain();
  }

  #completeAtOnce(step: PlannedStep): void {
    const { onEvent } = this.#options;
    const isUnneeded = step.vertex !== undefined && this.#recognised.has(step.vertex.digest);
    const detail =
      step.vertex === undefined
        ? "It changes only the image's configuration: nothing runs, and no layer is made."
        : isUnneeded
          ? "It was not needed: what is made of it came from an imported cache."
          : "The same step is done once for the whole build.";
    if (step.vertex !== undefined) {
      this.journal.completed(step, { cached: true, totalMs: 0, reason: { kind: "hit", detail } });
    }
    onEvent({ type: "vertex-started", id: step.id });
    onEvent({
      type: "vertex-completed",
      id: step.id,
      cached: isUnneeded,
      reason: { kind: isUnneeded ? "hit" : "not-cacheable", detail },
      durationMs: 0,
    });
  }

  /** Bytes of the layer that the step put on its first input; undefined if it put none there. */
  #addedBytes(vertex: Vertex<BuildResult>, solved: Solved<BuildResult>): number | undefined {
    const parent = vertex.inputs[0] === undefined ? undefined : this.solved.get(vertex.inputs[0].digest)?.result;
    if (solved.result.kind !== "layer" || parent?.kind !== "layer" || parent.layer === solved.result.layer) {
      return undefined;
    }
    return solved.result.bytes;
  }

  #duration(vertex: Vertex<BuildResult>): number {
    return Math.round(performance.now() - (this.#started.get(vertex.digest) ?? performance.now()));
  }
}

function byHandOf(work: readonly HandWork[]): Pick<BuildVertex, "byHand"> {
  if (work.length === 0) return {};
  const leftBy = work.flatMap(({ layers }) => layers.flatMap((each) => each.leftBy ?? [])).at(-1);
  const again = work.flatMap((each) => each.again ?? []).at(-1);
  return { byHand: { ...(leftBy === undefined ? {} : { leftBy }), ...(again === undefined ? {} : { again }) } };
}
