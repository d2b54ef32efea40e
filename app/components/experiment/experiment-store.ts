import type { BuildSummary } from "#contract/extension-api.ts";
import type { ImageLayers } from "#contract/image-files.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";
import { applyEvents, type BuildState, emptyBuild } from "../build/build-state.ts";
import { type BuildsParts, type BuildsStore, tagOf } from "../build/builds-store.ts";
import { isDockerfile, nameOf, parentOf } from "../files/file-tree-model.ts";
import { LayersApi } from "../layers/layers-api.ts";

/** Variants side by side. */
export const mostVariants = 4;

/** What came of building one Dockerfile of several. */
export interface Variant {
  path: string;
  state: "waiting" | "building" | "built" | "failed";
  build?: BuildState;
  layers?: ImageLayers;
  error?: string;
}

/** Builds several Dockerfiles of one directory, one after the other so that none slows another down. */
export class ExperimentStore {
  readonly variants = new Store<readonly Variant[]>([]);
  readonly running = new Store(false);
  readonly #parts: BuildsParts;
  readonly #builds: Pick<BuildsStore, "begin">;
  readonly #layers: LayersApi;
  #cancelled = false;

  constructor(parts: BuildsParts, builds: Pick<BuildsStore, "begin">) {
    this.#parts = parts;
    this.#builds = builds;
    this.#layers = new LayersApi(parts.api);
  }

  /** The Dockerfiles beside `dockerfile`, itself first. */
  candidates(dockerfile: string): string[] {
    const directory = parentOf(dockerfile);
    const paths = (this.#parts.files.entries.value ?? [])
      .filter(
        ({ path, kind }) =>
          kind === "file" && parentOf(path) === directory && isDockerfile(path) && !path.endsWith(".dockerignore"),
      )
      .map(({ path }) => path);
    return [...new Set([dockerfile, ...paths])];
  }

  /** A copy of a Dockerfile beside it, opened in the editor. */
  async addVariant(of: string): Promise<string | undefined> {
    const { api, files, documents, notices } = this.#parts;
    try {
      await documents.flush();
      const { bytes } = await api.readFile(of);
      const taken = new Set((files.entries.value ?? []).map(({ path }) => path));
      const directory = parentOf(of);
      const base = `${directory === "" ? "" : `${directory}/`}Dockerfile.variant`;
      let number = 2;
      while (taken.has(`${base}-${number}`)) number++;
      const path = `${base}-${number}`;
      await api.writeFile(path, new Uint8Array(bytes));
      await files.refresh();
      await documents.show(path);
      return path;
    } catch (error) {
      notices.show("error", errorText(error));
      return undefined;
    }
  }

  async run(paths: readonly string[], options: { noCache: boolean }): Promise<void> {
    if (this.running.value) return;
    this.running.set(true);
    this.#cancelled = false;
    this.variants.set(paths.map((path) => ({ path, state: "waiting" })));
    try {
      await this.#parts.documents.flush();
      for (const path of paths) {
        if (this.#cancelled) this.#change(path, { state: "failed", error: messages.build.cancelled });
        else await this.#build(path, options);
      }
    } finally {
      this.running.set(false);
    }
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    const id = this.variants.value.find(({ state }) => state === "building")?.build?.summary.id;
    if (id === undefined) return;
    await this.#parts.api.cancelBuild(id).catch((error: unknown) => {
      this.#parts.notices.show("error", errorText(error));
    });
  }

  async #build(path: string, { noCache }: { noCache: boolean }): Promise<void> {
    try {
      const start = { contextPath: parentOf(path), dockerfile: nameOf(path), tags: [tagOf(path)], noCache };
      const summary = await this.#builds.begin(() => this.#parts.api.startBuild(start));
      const build = await this.#follow(path, summary);
      const { status, imageId, error } = build.summary;
      if (status !== "completed" || imageId === undefined) {
        this.#change(path, { state: "failed", error: build.failure?.message ?? error ?? messages.build[status] });
        return;
      }
      this.#change(path, { state: "built", layers: await this.#layers.layers(imageId) });
    } catch (error) {
      this.#change(path, { state: "failed", error: errorText(error) });
    }
  }

  /** Resolves with the build when it is over. */
  #follow(path: string, summary: BuildSummary): Promise<BuildState> {
    let build = emptyBuild({ ...summary, status: "running" });
    this.#change(path, { state: "building", build });
    const { promise, resolve } = Promise.withResolvers<BuildState>();
    this.#parts.connection.follow(
      { kind: "build", build: summary.id, position: 0 },
      {
        onData: (events) => {
          build = applyEvents(build, events);
          this.#change(path, { build });
        },
        onEnd: () => {
          const { status } = build.summary;
          resolve(status === "running" ? { ...build, summary: { ...build.summary, status: "interrupted" } } : build);
        },
      },
    );
    return promise;
  }

  #change(path: string, change: Partial<Variant>): void {
    this.variants.update((all) => all.map((each) => (each.path === path ? { ...each, ...change } : each)));
  }
}
