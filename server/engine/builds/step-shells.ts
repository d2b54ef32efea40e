import type { BuildSummary } from "../../contract/extension-api.ts";
import { type StepShell, type StepShellStart, stepLabel } from "../../contract/build-record.ts";
import { environmentOf } from "../builder/records/kept-environments.ts";
import type { HandWork, KeptBuild, KeptMount, KeptStep, StepState } from "../builder/records/build-records.ts";
import type { Resumed } from "../builder/records/given.ts";
import type { Builder } from "../builder/builder.ts";
import { withoutEnd } from "../builder/without-end.ts";
import type { ContainerFiles, ContainerService } from "../containers/container-service.ts";
import type { Container, NewContainer } from "../containers/container.ts";
import { Conflict, FailedPrecondition, isEngineError, messageOf, NotFound } from "../errdefs/errors.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { LayerID, LayerStore } from "../layers/layer-store.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import type { Digest } from "../oci/digest.ts";
import { hostPlatform } from "../oci/platform.ts";
import type { ImageRunConfig } from "../oci/types.ts";
import type { Terminal, TerminalService } from "../terminals/terminal-service.ts";

/** What a shell's container is asked to be; the rest is as `docker run` has it. */
export interface ShellContainer {
  image: string;
  cmd: string[];
  user: string;
  env: string[];
  workingDir: string;
  labels: Record<string, string>;
  mounts: ShellMount[];
}

export type ShellMount =
  | { type: "tmpfs"; target: string; /** bytes */ size?: number; readonly?: true }
  /** `writable`: what is written goes with the container */
  | { type: "image"; target: string; image: string; /** relative; empty: all of it */ path: string; writable?: true }
  /** a directory of the machine that is the tenant's */
  | {
      type: "directory";
      target: string;
      directory: string;
      readonly: boolean;
      /** relative; empty: all of it */ part: string;
    };

export interface StepShellsOptions {
  records: Builder["records"];
  cacheDirectory: Builder["cacheDirectory"];
  images: ImageStore;
  layers: Pick<LayerStore, "get">;
  containers: ContainerService;
  files: Pick<ContainerFiles, "commit">;
  terminals: Pick<TerminalService, "start" | "list" | "ended">;
  /** A terminal with an open stdin that goes when it ends. */
  newContainer: (shell: ShellContainer) => NewContainer;
  /** Builds as `build` was, going on from a shell. `over` is called when it has ended. */
  resume: (build: string, resumed: Resumed, over: () => void) => BuildSummary;
}

const buildLabel = "drydock.build";
const atLabel = "drydock.at";
const terminalLabel = "drydock.terminal";
/** What the container of a terminal does: it waits until the terminal has ended, and goes with it. */
const holder = ["/bin/sh", "-c", "read _"];
/** bash where there is one. The test is the shell's own, so that it works in any image that has a shell. */
const anyShell = ["/bin/sh", "-c", "if [ -x /bin/bash ]; then exec /bin/bash -l; else exec /bin/sh -l; fi"];

/** What the runtime says where `/bin/sh` is not in the file system. */
const shellMissing = /exec: "\/bin\/sh": .*no such file/;

/**
 * Shells in the states that a build went through. Each is a container on an image of its own with that state's layers:
 * both go when the shell ends, or when the build is resumed from it. Those that a killed drydockd left go with `recover`.
 */
export class StepShells {
  readonly #options: StepShellsOptions;

  constructor(options: StepShellsOptions) {
    this.#options = options;
  }

  /** States of a step that can be opened: their layers are still here. */
  openable(step: KeptStep): ("before" | "after")[] {
    return (["before", "after"] as const).filter((at) => this.#isHere(step[at]));
  }

  /** @throws NotFound (build, step), FailedPrecondition (it has no such state, or not any more) */
  async open(buildId: string, stepId: string, start: StepShellStart): Promise<StepShell & { shown?: Terminal }> {
    const { at = "after", cmd = anyShell, terminal } = start;
    const { images, containers } = this.#options;
    const { build, step, environment } = this.#find(buildId, stepId);
    const state = step[at];
    if (state === undefined || !this.#isHere(state)) {
      throw new FailedPrecondition(
        state === undefined
          ? neverThere(step.step, at)
          : `the file system ${at} "${step.step.instruction}" is no longer in the cache: build again`,
      );
    }
    const labels = {
      [buildLabel]: build.id,
      [stepLabel]: stepId,
      [atLabel]: at,
      ...(terminal === undefined ? {} : { [terminalLabel]: "1" }),
    };
    const image = await images.create({
      config: {
        architecture: hostPlatform().architecture,
        os: "linux",
        created: new Date().toISOString(),
        // a volume would hide what the step saw there
        config: { ...withoutVolumes(step.config), Env: environment, Labels: labels },
        rootfs: { type: "layers", diff_ids: [] },
        history: [{ created_by: `${at} ${step.step.instruction}` }],
      },
      layers: this.#stack(state.layer),
    });
    const { mounts, made } = await this.#mounts(step.mounts ?? [], labels);
    const request = this.#options.newContainer({
      image: image.id,
      cmd: terminal === undefined ? cmd : holder,
      user: step.user ?? step.config.User ?? "",
      env: step.env ?? [],
      workingDir: step.cwd ?? step.config.WorkingDir ?? "/",
      labels,
      mounts,
    });
    let id: string | undefined;
    try {
      const { container } = await containers.create(request).finally(() => {
        // the container has their layers by now
        made.forEach((each) => this.#forgetImage(each));
      });
      id = container.id;
      this.#follow(id, image.id);
      await containers.start(id);
      return { container: id, at, ...(terminal === undefined ? {} : { shown: await this.#show(id, cmd, terminal) }) };
    } catch (error) {
      await this.#remove(id, image.id);
      if (!shellMissing.test(messageOf(error))) throw error;
      throw new FailedPrecondition(
        `there is no /bin/sh ${at} "${step.step.instruction}": a shell can only be opened where there is one, and FROM scratch has what is copied into it`,
        { cause: error },
      );
    }
  }

  async #show(container: string, cmd: string[], size: { columns: number; rows: number }): Promise<Terminal> {
    const shown = await this.#options.terminals.start({ container, cmd, env: ["LANG=C.UTF-8"], ...size });
    this.#endWith(container, shown.id);
    return shown;
  }

  /** The container goes with its terminal. */
  #endWith(container: string, terminal: string): void {
    void this.#options.terminals
      .ended(terminal)
      .then(() => this.#removeContainer(container))
      .catch((error: unknown) =>
        process.emitWarning(`the shell ${container} has ended but stays: ${messageOf(error)}`),
      );
  }

  /**
   * Builds again from what a shell has changed, and ends the shell. Steps after it run on its file system; nothing of
   * that is ever found in the cache by a build that does not come from this shell.
   * @throws NotFound, Conflict (another step's container), FailedPrecondition (what a failed step left goes on nowhere)
   */
  async resume(buildId: string, stepId: string, containerName: string): Promise<BuildSummary> {
    const { images, containers, files } = this.#options;
    const { build, step } = this.#find(buildId, stepId);
    const container = containers.get(containerName);
    const { labels } = container.config;
    if (labels[buildLabel] !== buildId || labels[stepLabel] !== stepId) {
      throw new Conflict(`container ${containerName} is no shell of this step`);
    }
    const at = labels[atLabel] === "before" ? "before" : "after";
    const state = step[at];
    // After a failure the same step is tried again, on what was made of its remains.
    const vertex = state?.vertex ?? step.before?.vertex;
    if (vertex === undefined) {
      throw new FailedPrecondition(`"${step.step.instruction}" begins the build: there is nothing to resume it from`);
    }
    const image = await files.commit(container.id, { author: "", comment: "", pause: true, changes: [] });
    const layer = images.get(image).layers.at(-1);
    if (layer === undefined) {
      throw new NotFound(`container ${containerName} has no file system`);
    }
    const summary = this.#options.resume(buildId, this.#resumed(build, step, { at, vertex, layer }), () => {
      this.#forgetImage(image);
      this.#forgetImage(container.imageId); // the parent of the one before
    });
    await this.#remove(container.id, container.imageId);
    return summary;
  }

  /** @param layer what was changed in the shell, on the state `at` the step, to the result of `vertex` */
  #resumed(
    build: KeptBuild,
    step: KeptStep,
    { at, vertex, layer }: { at: "before" | "after"; vertex: Digest; layer: LayerID },
  ): Resumed {
    const { byHand = [], steps } = build;
    const known = byHand.find((work) => work.vertex === vertex);
    const isOver = at === "after" && step.after?.vertex !== undefined;
    const previous = steps[steps.indexOf(step) - 1];
    const last = isOver || previous?.step.stage !== step.step.stage ? step : previous;
    const own = known === undefined ? (isOver ? step.after : step.before)?.layer : known.own;
    const left = at === "after" && !isOver ? step.after?.layer : undefined;
    const work: HandWork = {
      vertex,
      step: last.step.id,
      ...(own === undefined ? {} : { own }),
      ...(step.step.outcome === "failed" ? { again: step.step.instruction } : {}),
      layers: [
        ...(known?.layers ?? []),
        ...(left === undefined ? [] : [{ layer: left, leftBy: step.step.instruction }]),
        { layer },
      ],
    };
    const before = steps.flatMap(({ after: made }): [Digest, LayerID][] =>
      made?.vertex === undefined || made.layer === undefined || !this.#isHere(made) ? [] : [[made.vertex, made.layer]],
    );
    return { byHand: [...byHand.filter((each) => each !== known), work], before: new Map(before) };
  }

  /** Removes the images of shells whose container is gone. Call after containers were restored. */
  recover(): void {
    const { images, containers } = this.#options;
    const used = new Set<string>(containers.list().map(({ imageId }) => imageId));
    for (const image of images.list()) {
      const isShells = image.tags.length === 0 && image.config.config?.Labels?.[stepLabel] !== undefined;
      if (isShells && !used.has(image.id)) {
        this.#forgetImage(image.id);
      }
    }
    for (const container of containers.list()) {
      const { labels } = container.config;
      if (labels[stepLabel] === undefined) {
        continue;
      }
      this.#follow(container.id, container.imageId);
      if (labels[terminalLabel] !== undefined) {
        this.#recoverTerminal(container);
      }
    }
  }

  #recoverTerminal({ id, imageId }: Pick<Container, "id" | "imageId">): void {
    const shown = this.#options.terminals.list().find(({ container, running }) => container === id && running);
    if (shown === undefined) {
      void this.#remove(id, imageId);
    } else {
      this.#endWith(id, shown.id);
    }
  }

  /** The container removes itself when its shell ends; its image goes after it. */
  #follow(container: string, image: Digest): void {
    const { containers } = this.#options;
    void containers
      .wait(container, "removed", new AbortController().signal)
      .catch(() => undefined) // it is gone already
      .then(() => {
        this.#forgetImage(image);
      });
  }

  async #remove(container: string | undefined, image: Digest): Promise<void> {
    if (container !== undefined) await this.#removeContainer(container);
    this.#forgetImage(image);
  }

  /** Nothing where it is gone already, or going. */
  async #removeContainer(container: string): Promise<void> {
    try {
      await this.#options.containers.remove(container, { force: true, volumes: true });
    } catch (error) {
      if (!isEngineError(error, "not_found", "conflict")) throw error;
    }
  }

  /** Not while something uses it: who does is followed, or it is found by `recover`. */
  #forgetImage(image: Digest): void {
    try {
      this.#options.images.remove(image, { force: false, prune: false });
    } catch (error) {
      if (!isEngineError(error, "not_found", "conflict")) {
        throw error;
      }
    }
  }

  #find(buildId: string, stepId: string): { build: KeptBuild; step: KeptStep; environment: string[] } {
    const build = this.#options.records.get(buildId);
    const place = build.steps.findIndex((candidate) => candidate.step.id === stepId);
    const step = build.steps[place];
    if (step === undefined) {
      throw new NotFound(`build ${buildId} has no step ${stepId}`);
    }
    return { build, step, environment: environmentOf(build.steps, place) };
  }

  /** Of the step's own mounts those that are still to be had. `made`: images that only give files. */
  async #mounts(
    kept: readonly KeptMount[],
    labels: Record<string, string>,
  ): Promise<{ mounts: ShellMount[]; made: Digest[] }> {
    const mounts: ShellMount[] = [];
    const made: Digest[] = [];
    for (const mount of kept) {
      const { target } = mount;
      if (mount.type === "tmpfs") {
        mounts.push(mount);
      } else if (mount.type === "cache") {
        const { readonly, part = "" } = mount;
        const directory = this.#options.cacheDirectory(mount.id, mount.seed);
        if (directory !== undefined && has(directory, part)) {
          mounts.push({ type: "directory", target, directory, readonly, part: withoutSlashes(part) });
        }
      } else if (this.#isHere({ layer: mount.layer })) {
        const image = await this.#filesOf(mount.layer, labels);
        made.push(image);
        const path = withoutSlashes(mount.source);
        mounts.push({ type: "image", target, image, path, ...(mount.writable === true ? { writable: true } : {}) });
      }
    }
    return { mounts, made };
  }

  async #filesOf(layer: LayerID, labels: Record<string, string>): Promise<Digest> {
    const { architecture } = hostPlatform();
    const image = await this.#options.images.create({
      config: { architecture, os: "linux", config: { Labels: labels }, rootfs: { type: "layers", diff_ids: [] } },
      layers: this.#stack(layer),
    });
    return image.id;
  }

  #isHere(state: StepState | undefined): boolean {
    if (state?.layer === undefined) {
      return false;
    }
    try {
      this.#options.layers.get(state.layer);
      return true;
    } catch (error) {
      if (isEngineError(error, "not_found")) {
        return false;
      }
      throw error;
    }
  }

  #stack(top: LayerID | undefined): LayerID[] {
    const stack: LayerID[] = [];
    for (let id = top; id !== undefined; id = this.#options.layers.get(id).parent) {
      stack.unshift(id);
    }
    return stack;
  }
}

/** Whether a cache mount still has the directory that a step took of it. */
function has(directory: string, part: string): boolean {
  try {
    using root = new SafeRoot(directory);
    return root.stat(part).kind === "directory";
  } catch (error) {
    if (isEngineError(error, "not_found", "invalid_argument")) return false;
    throw error;
  }
}

function withoutSlashes(path: string): string {
  return withoutEnd(path.replace(/^\/+/, ""), "/");
}

/** Why a step has no such state, and never had (or has none yet). */
export function neverThere(
  { instruction, outcome }: Pick<KeptStep["step"], "instruction" | "outcome">,
  at: "before" | "after",
): string {
  if (outcome === "running") return `"${instruction}" still runs: there is no file system ${at} it yet`;
  if (at === "before" && /^FROM\s/i.test(instruction)) {
    return `"${instruction}" begins its stage: there is no file system before it`;
  }
  return outcome === "cached"
    ? `"${instruction}" was not needed: there is no file system ${at} it, as what is made of it came from an imported cache`
    : `"${instruction}" was not reached: there is no file system ${at} it`;
}

function withoutVolumes(config: ImageRunConfig): ImageRunConfig {
  const { Volumes: _volumes, ...rest } = config;
  return rest;
}
