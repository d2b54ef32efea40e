import type { StepContainer, StepImage } from "../../../engine/builder/builder.ts";
import { messageOf } from "../../../engine/errdefs/errors.ts";
import { generateName } from "../../../engine/containers/names.ts";
import type { Digest } from "../../../engine/oci/digest.ts";
import type { LayerID } from "../../../engine/layers/layer-store.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { neverRan } from "../../translate/classic-build.ts";
import { newContainer } from "../../translate/container-request.ts";
import { createContainerSchema } from "../../translate/schemas.ts";
import type { BuildParameters } from "./request.ts";

type Needs = Pick<TenantEngine, "containers" | "images" | "networks" | "events">;

/** What is to be kept of the steps' containers (Engine API, ImageBuild: `rm`, `forcerm`). */
export interface StepsKept {
  /** of steps that went well */
  passed: boolean;
  /** of a step that failed */
  failed: boolean;
  /** what the build's parameters say of them */
  host: Pick<BuildParameters, "network" | "limits" | "ulimits" | "shmSize" | "extraHosts">;
}

/**
 * The containers of a classic build's steps. Steps run without one; what a client can see of them is made here: their
 * events, in dockerd's order when the step is through, and the container itself where it is to be left.
 */
export class StepContainers {
  readonly #engine: Needs;
  readonly #kept: StepsKept;
  #since = Date.now();

  constructor(engine: Needs, kept: StepsKept) {
    this.#engine = engine;
    this.#kept = kept;
  }

  /** Synchronous but for what is kept: resolves when that is there. */
  async passed({ container, cached, imageId }: StepImage): Promise<void> {
    const startedAt = this.#since;
    this.#since = Date.now();
    if (container === undefined || cached || container.kind === "copy" || container.kind === "add") {
      return;
    }
    const tell = this.#teller(container, imageId);
    tell("create");
    if (container.kind === "run") {
      this.#tellRun(container, tell, { exitCode: 0, startedAt });
    }
    if (!this.#kept.passed) {
      tell("destroy");
      return;
    }
    const run = container.kind === "run" ? { exitCode: 0, startedAt } : undefined;
    await this.#keep(container, { image: imageId, layer: this.#topOf(imageId), run });
  }

  async failed(
    container: StepContainer,
    outcome: { left: LayerID | undefined; exitCode: number } | undefined,
    error: unknown,
  ): Promise<void> {
    if (neverRan.test(messageOf(error))) {
      return;
    }
    const startedAt = this.#since;
    const tell = this.#teller(container, container.parent);
    tell("create");
    if (outcome !== undefined) {
      this.#tellRun(container, tell, { exitCode: outcome.exitCode, startedAt });
    }
    if (!this.#kept.failed) {
      tell("destroy");
      return;
    }
    const run = outcome === undefined ? undefined : { exitCode: outcome.exitCode, startedAt };
    const layer = outcome?.left ?? this.#topOf(container.parent);
    await this.#keep(container, { image: container.parent, layer, run });
  }

  #topOf(image: Digest | undefined): LayerID | undefined {
    return image === undefined ? undefined : this.#engine.images.get(image).layers.at(-1);
  }

  /** Of the image that has the container's settings: what came of its step, or what a failed one began with. */
  #labelsOf(image: Digest | undefined): Record<string, string> {
    return (image === undefined ? undefined : this.#engine.images.get(image).config.config?.Labels) ?? {};
  }

  #teller(
    { id, parent }: StepContainer,
    image: Digest | undefined,
  ): (action: string, more?: Record<string, string>) => void {
    const attributes = { ...this.#labelsOf(image), image: parent ?? "", name: generateName(() => false) };
    return (action, more = {}) => {
      this.#engine.events.publish({
        type: "container",
        action,
        actor: { id, attributes: { ...more, ...attributes } },
      });
    };
  }

  #tellRun(
    { id }: StepContainer,
    tell: (action: string, more?: Record<string, string>) => void,
    { exitCode, startedAt }: { exitCode: number; startedAt: number },
  ): void {
    const seconds = Math.max(0, Math.round((Date.now() - startedAt) / 1_000));
    tell("attach");
    this.#tellNetwork(id, "connect");
    tell("start");
    tell("die", { exitCode: String(exitCode), execDuration: String(seconds) });
    this.#tellNetwork(id, "disconnect");
  }

  #tellNetwork(container: string, action: "connect" | "disconnect"): void {
    const wanted = this.#kept.host.network ?? "bridge";
    const network = this.#engine.networks.list().find(({ id, name }) => name === wanted || id === wanted);
    if (network === undefined) {
      return;
    }
    const attributes = { container, name: network.name, type: network.driver };
    this.#engine.events.publish({ type: "network", action, actor: { id: network.id, attributes } });
  }

  async #keep(
    { id, parent, command }: StepContainer,
    left: {
      image: Digest | undefined;
      layer: LayerID | undefined;
      run: { exitCode: number; startedAt: number } | undefined;
    },
  ): Promise<void> {
    if (parent === undefined || left.layer === undefined) {
      return;
    }
    const body = {
      Image: parent,
      Cmd: command,
      Labels: this.#labelsOf(left.image),
      HostConfig: hostConfig(this.#kept.host),
    };
    const ended = left.run === undefined ? undefined : { ...left.run, finishedAt: Date.now() };
    const request = newContainer(createContainerSchema.parse(body), undefined);
    await this.#engine.containers.keep(request, { id, layer: left.layer, run: ended });
  }
}

/** As dockerd shows it of a container that a build has left. */
function hostConfig({ network, limits = {}, ulimits = [], shmSize, extraHosts }: StepsKept["host"]): object {
  return {
    NetworkMode: network ?? "default",
    ExtraHosts: extraHosts,
    ShmSize: shmSize,
    Memory: limits.memory,
    MemorySwap: limits.memorySwap,
    CpuShares: limits.cpuShares,
    CpuPeriod: limits.cpuPeriod,
    CpuQuota: limits.cpuQuota,
    CpusetCpus: limits.cpusetCpus,
    CpusetMems: limits.cpusetMems,
    Ulimits: ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    LogConfig: { Type: "none" },
  };
}
