import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalBindPins } from "#engine/containers/bind-pins.ts";
import type { NewContainer } from "#engine/containers/container.ts";
import { createTenantContainers } from "#engine/containers/tenant-containers.ts";
import type { TenantContainers } from "#engine/containers/tenant-containers.ts";
import type { EngineEvent } from "#engine/events/events.ts";
import { LocalEventBus } from "#engine/events/local.ts";
import { resolveUser } from "#engine/runtime/user.ts";
import type { ImageRunConfig } from "#engine/oci/types.ts";
import { EngineFloor, whyNot, writeBusybox } from "../../suites/engine-floor.ts";
import { newContainer } from "../../suites/new-container.ts";
import type { ContainerOverrides } from "../../suites/new-container.ts";
import { patience } from "../../suites/patience.ts";

export { whyNot };

/** A tenant's containers on the real engine beneath them. */
export class Machine extends EngineFloor {
  readonly errors: string[] = [];
  readonly events: EngineEvent[] = [];
  engine!: TenantContainers;

  /** @param other a machine in another process, to be killed: this one goes on with it, or the other way round */
  constructor(other?: { directory: string; name: string }) {
    super("drydock-containers-", other);
  }

  /** Takes up what is there. */
  async start(): Promise<void> {
    await this.open();
    await this.#makeImages();
    const events = new LocalEventBus();
    const publish = events.publish.bind(events);
    events.publish = (event) => {
      this.events.push({ ...event, timeNano: 0n });
      publish(event);
    };
    const { layers, leases, snapshots, mounter } = this.storage;
    this.engine = createTenantContainers({
      tenant: this.tenant,
      paths: this.paths,
      dataRoot: this.dataDirectory,
      runRoot: this.runDirectory,
      database: this.database,
      events,
      images: this.images,
      snapshots,
      layers,
      leases,
      mounter,
      pins: new LocalBindPins(mounter.namespaces, this.runDirectory),
      tasks: this.tasks,
      networks: this.networks,
      host: this.host,
      resolveUser,
      resolvers: () => this.network.resolvers.get(),
      defaultRuntime: () => "crun",
      report: (what, error) => this.errors.push(`${what}: ${String(error)}`),
    });
    await this.engine.restore();
  }

  override async dispose(): Promise<void> {
    for (const container of this.engine.containers.list()) {
      await this.engine.containers.remove(container.id, { force: true, volumes: true });
    }
    await this.engine.volumes.destroy();
    await super.dispose();
  }

  /** A container of busybox; `overrides` over the defaults of `docker run busybox`. */
  request(cmd: string[], overrides: ContainerOverrides = {}): NewContainer {
    return newContainer(cmd, overrides);
  }

  async run(cmd: string[], overrides: ContainerOverrides = {}): Promise<string> {
    const { container } = await this.engine.containers.create(this.request(cmd, overrides));
    await this.engine.containers.start(container.id);
    return container.id;
  }

  /** All that the container wrote. */
  async logged(id: string): Promise<string> {
    let text = "";
    const options = { stdout: true, stderr: true, follow: true, signal: AbortSignal.timeout(patience) };
    for await (const record of this.engine.streams.logs(id, options)) {
      text += record.line.toString();
    }
    return text;
  }

  /** Waits until the container wrote `text`. */
  async wrote(id: string, text: string): Promise<void> {
    const signal = AbortSignal.timeout(patience);
    for await (const record of this.engine.streams.output(id, { offset: 0, signal })) {
      if (record.text.includes(text)) {
        return;
      }
    }
    throw new Error(`container ${id} did not write ${text}`);
  }

  /** Waits for its end. */
  /** As long as the runner lets it: how long a container takes on a busy machine says nothing. */
  async ended(id: string): Promise<{ exitCode: number }> {
    const alive = setInterval(() => undefined, 60_000);
    try {
      return await this.engine.containers.wait(id, "not-running", new AbortController().signal);
    } finally {
      clearInterval(alive);
    }
  }

  async #makeImages(): Promise<void> {
    if (this.images.find("busybox") !== undefined) {
      return;
    }
    const layer = await this.makeLayer(makeBusybox);
    const add = (name: string, config: ImageRunConfig) =>
      this.images.create({
        config: { architecture: "amd64", os: "linux", config, rootfs: { type: "layers", diff_ids: [] } },
        layers: [layer],
        tags: [name],
      });
    await add("busybox", { Cmd: ["sh"], Env: ["PATH=/bin"] });
    await add("with-volume", { Cmd: ["sh"], Env: ["PATH=/bin"], Volumes: { "/data": {} } });
  }
}

const applets =
  "sh ls cat echo id ps sleep true false env pwd hostname ip ping nslookup wget httpd touch mkdir rm mount kill head yes stty grep wc dd test trap nc tr".split(
    " ",
  );

function makeBusybox(root: string): void {
  writeBusybox(root, ["etc", "proc", "sys", "dev", "tmp", "data", "home"], applets);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nlearner:x:1000:1000::/home:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nlearner:x:1000:\n");
  writeFileSync(join(root, "data/from-image"), "image\n");
  execFileSync("chown", ["-R", "1000:1000", join(root, "data")]);
}

/** Waits for what happens soon; fails when it does not. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`has not come: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What comes out of both streams until they end. */
export async function collect(
  output: AsyncIterable<{ stream: "stdout" | "stderr"; chunk: Buffer }> | undefined,
): Promise<{ stdout: string; stderr: string }> {
  const text = { stdout: "", stderr: "" };
  for await (const { stream, chunk } of output ?? []) {
    text[stream] += chunk.toString();
  }
  return text;
}
