import path from "node:path";
import type { CacheReason } from "../../../contract/build-events.ts";
import type { StepEvidence, StepRecord, StepResources } from "../../../contract/build-record.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BuildRequest } from "../builder.ts";
import type { StageConfig } from "../lower/stage-config.ts";
import type { PlannedStep } from "../lower/stage-state.ts";
import { cacheSeedId } from "../ops/cache-mounts.ts";
import type { ExecMount } from "../ops/exec-definition.ts";
import { ExecOp } from "../ops/exec.ts";
import type { BuildResult } from "../ops/result.ts";
import { RunFailed } from "../ops/run-failed.ts";
import type { Measures, Solved, Vertex } from "../solver/types.ts";
import type { HandWork, KeptBuild, KeptMount, KeptStep, StepState } from "./build-records.ts";
import { EnvironmentKeeper } from "./kept-environments.ts";

interface Told {
  outcome: StepRecord["outcome"];
  reason?: CacheReason;
  evidence?: StepEvidence | undefined;
  totalMs: number;
  measures?: Measures | undefined;
  error?: string;
  left?: StepState;
}

/** Gathers what becomes of a build's steps while it runs. */
export class StepJournal {
  #steps: readonly PlannedStep[] = [];
  #byHand: ReadonlyMap<Digest, HandWork> = new Map();
  readonly #told = new Map<string, Told>();
  readonly #started = new Set<string>();
  readonly #states = new Map<Digest, StepState>();

  plan(steps: readonly PlannedStep[], byHand: ReadonlyMap<Digest, HandWork>): void {
    this.#steps = steps;
    this.#byHand = byHand;
  }

  /** Of vertices that are no step of their own too. */
  solved(vertex: Vertex<BuildResult>, solved: Solved<BuildResult>): void {
    if (solved.result.kind === "layer") {
      this.#states.set(vertex.digest, { layer: solved.result.layer, vertex: vertex.digest });
    }
  }

  started(step: PlannedStep): void {
    this.#started.add(step.id);
  }

  completed(step: PlannedStep, told: Omit<Told, "outcome"> & { cached: boolean }): void {
    this.#told.set(step.id, { ...told, outcome: told.cached ? "cached" : "ran" });
  }

  failed(step: PlannedStep, error: unknown, totalMs: number): void {
    const left = error instanceof RunFailed && error.left !== undefined ? { layer: error.left } : undefined;
    const used = error instanceof RunFailed ? Object.entries(error.used) : [];
    this.#told.set(step.id, {
      outcome: isEngineError(error, "cancelled") ? "cancelled" : "failed",
      totalMs,
      measures: Object.fromEntries(used.map(([name, value]) => [`used.${name}`, value])),
      error: messageOf(error),
      ...(left === undefined ? {} : { left }),
    });
  }

  /** Which of a step's inputs are steps that ran in this build. */
  parentsThatRan(step: PlannedStep): string[] {
    const inputs = new Set(step.vertex?.inputs.map(({ digest }) => digest));
    return this.#steps
      .filter(
        ({ id, vertex }) => vertex !== undefined && inputs.has(vertex.digest) && this.#told.get(id)?.outcome === "ran",
      )
      .map(({ id }) => id);
  }

  /** All steps so far, in the order of the Dockerfile, and what was done by hand in what they made. */
  kept(
    { id, tags, steps: classic }: Pick<BuildRequest, "id" | "tags" | "steps">,
    { startedAt, made }: { startedAt: number; made: { id: Digest } | undefined },
  ): KeptBuild {
    const byHand = [...this.#byHand.values()].filter(({ vertex }) => this.#states.has(vertex));
    return {
      id,
      tags,
      startedAt,
      steps: this.#kept(),
      classic: classic !== undefined,
      ...(byHand.length === 0 ? {} : { byHand }),
      ...(made === undefined ? {} : { imageId: made.id }),
    };
  }

  #kept(): KeptStep[] {
    const current = new Map<string, Vertex<BuildResult>>();
    const environments = new EnvironmentKeeper();
    const ownOf = lastKept((config: StageConfig) => new Set(config.toImage().Env));
    return this.#steps.map((step) => {
      const previous = step.vertex?.inputs[0] ?? current.get(step.stage);
      if (step.vertex !== undefined) {
        current.set(step.stage, step.vertex);
      }
      const before = previous === undefined ? undefined : this.#states.get(previous.digest);
      const told = this.#told.get(step.id);
      const after = told?.left ?? (step.vertex === undefined ? before : this.#states.get(step.vertex.digest));
      const work = step.vertex === undefined ? undefined : this.#byHand.get(step.vertex.digest);
      const made = work === undefined ? after?.layer : work.own;
      return {
        step: this.#recordOf(step, told),
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        layered: step.vertex !== undefined && before !== undefined && after !== undefined && made !== before.layer,
        ...(work?.own === undefined ? {} : { own: work.own }),
        config: step.after.config.plain,
        environment: environments.keep(step.after.config.environment),
        ...this.#processOf(step, ownOf),
      };
    });
  }

  /** @param ownOf what a configuration's own variables are, `NAME=value` */
  #processOf(
    step: PlannedStep,
    ownOf: (config: StageConfig) => ReadonlySet<string>,
  ): Pick<KeptStep, "env" | "cwd" | "user" | "mounts"> {
    const { vertex } = step;
    if (!(vertex?.op instanceof ExecOp)) {
      return {};
    }
    const { env, cwd, user, mounts } = vertex.op.definition;
    const layerOf = (input: number): LayerID | undefined =>
      this.#states.get(vertex.inputs[input]?.digest as Digest)?.layer;
    const own = ownOf(step.after.config);
    return {
      env: env.filter((entry) => !own.has(entry)),
      cwd,
      user,
      mounts: mounts.flatMap((mount) => keptMount(mount, cwd, layerOf) ?? []),
    };
  }

  #recordOf(step: PlannedStep, told: Told | undefined): KeptStep["step"] {
    const { id, stage, index, instruction, range, vertex } = step;
    const untold = this.#started.has(id) ? "running" : "not-reached";
    const outcome = told?.outcome ?? (vertex === undefined ? "configuration" : untold);
    const measured = (name: string): number => Math.round(told?.measures?.[name] ?? 0);
    const bytes = (name: "bytesRead" | "bytesWritten") =>
      told?.measures?.[name] === undefined ? {} : { [name]: measured(name) };
    return {
      id,
      stage,
      index,
      instruction,
      ...(range === undefined ? {} : { range }),
      outcome,
      ...(told?.reason === undefined ? {} : { reason: told.reason }),
      ...(told?.evidence === undefined ? {} : { evidence: told.evidence }),
      ...(told === undefined
        ? {}
        : {
            timing: {
              waiting: measured("waiting"),
              running: Math.max(0, measured("running") - measured("committing")),
              committing: measured("committing"),
              total: Math.round(told.totalMs),
            },
          }),
      ...bytes("bytesRead"),
      ...bytes("bytesWritten"),
      ...resourcesOf(told?.measures),
      ...(told?.error === undefined ? {} : { error: told.error }),
    };
  }
}

/** For the RUNs that follow each other with one configuration: it is looked at once. */
function lastKept<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { key: K; value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

function resourcesOf(measures: Measures | undefined): Pick<StepRecord, "resources"> {
  if (measures?.["used.cpu"] === undefined) {
    return {};
  }
  const used = (name: keyof StepResources): number => Math.round(measures[`used.${name}`] ?? 0);
  return { resources: { cpu: used("cpu"), memory: used("memory"), read: used("read"), written: used("written") } };
}

function keptMount(
  mount: ExecMount,
  cwd: string,
  layerOf: (input: number) => LayerID | undefined,
): KeptMount | undefined {
  const target = path.posix.resolve(cwd, mount.target ?? "");
  if (mount.type === "tmpfs") {
    const { size, readonly } = mount;
    return {
      type: "tmpfs",
      target,
      ...(size === undefined ? {} : { size }),
      ...(readonly === true ? { readonly } : {}),
    };
  }
  if (mount.type === "cache") {
    const { id, readonly, from, part } = mount;
    const seed = from === undefined ? {} : { seed: cacheSeedId(layerOf(from.input), from.source) };
    return { type: "cache", target, id, readonly, ...seed, ...(part === undefined ? {} : { part }) };
  }
  const layer = mount.type === "bind" ? layerOf(mount.input) : undefined;
  return mount.type !== "bind" || layer === undefined
    ? undefined
    : { type: "bind", target, layer, source: mount.source, ...(mount.writable ? { writable: true } : {}) };
}
