import { join } from "node:path";
import { workstationImage } from "../../contract/extension-api.ts";
import type { ContentStore } from "../content/store.ts";
import { isEngineError, messageOf, NotFound, Unavailable } from "../errdefs/errors.ts";
import type { Image, ImageStore } from "../images/image-store.ts";
import type { LayerID } from "../layers/layer-store.ts";
import { formatPlatform, hostPlatform, platformDistance } from "../oci/platform.ts";
import type { ImageConfig } from "../oci/types.ts";
import { maxConfigSize } from "../oci/validate.ts";
import { defaultDomain, familiarName, familiarString, parseReference, type Reference } from "../reference/reference.ts";
import { SharedWork } from "../remotes/shared-work.ts";
import type { BaseImageInfo, BaseImages, EnsureOptions } from "./base-images.ts";
import { type HostMachine, sourceOf } from "./host-machine.ts";
import { MakingProgress } from "./making.ts";
import type { Recipe } from "./recipe.ts";
import { ofAnother } from "./foreign.ts";
import { insteadOf } from "./nearest-names.ts";
import { recipesFor } from "./recipes/index.ts";
import type { RootBuilder } from "./root-builder.ts";
import { fillRoot } from "./root-filler.ts";
import { standInLabel, standInText, versionOf, wrongMajor } from "./stand-in.ts";

export interface LocalBaseImagesOptions {
  /** what `readHostMachine` found; undefined where stand-ins cannot be made: the catalogue is empty then */
  host: HostMachine | undefined;
  /** the catalogue's own images: the store of a tenant that nobody else uses, e.g. `catalogue` */
  images: ImageStore;
  /** images that the operator gave (`./drydock images load`): served under their names before any stand-in */
  operatorImages?: ImageStore;
  content: ContentStore;
  roots: RootBuilder;
  /** keeps downloads between images, e.g. `/var/lib/drydock/catalogue` */
  directory: string;
}

export { standInLabel } from "./stand-in.ts";

/** The catalogue: stand-ins made by recipe on this machine, kept in an image store of their own. */
export class LocalBaseImages implements BaseImages {
  readonly #options: LocalBaseImagesOptions;
  readonly #recipes: Map<string, Recipe>;
  readonly #making = new SharedWork<Image, string>();
  /** of those that are being made */
  readonly #progress = new Map<string, MakingProgress>();
  readonly #errors = new Map<string, string>();
  /** names that `prepareFirst` will come to */
  readonly #queued = new Set<string>();
  /** apt's directory is for one at a time */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LocalBaseImagesOptions) {
    this.#options = options;
    const recipes = options.host === undefined ? [] : recipesFor(options.host);
    this.#recipes = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  }

  list(): BaseImageInfo[] {
    const given = (this.#options.operatorImages?.list() ?? []).filter(({ standIn }) => !standIn);
    return [
      ...this.#standIns(),
      ...given.flatMap(({ tags }) =>
        tags.map((name) => ({ name, summary: "given", ready: true, making: false, standIn: false })),
      ),
    ];
  }

  #standIns(): BaseImageInfo[] {
    return [...this.#recipes.values()].map(({ name, summary }) => {
      const error = this.#errors.get(name);
      const ready = this.#options.images.find(name) !== undefined;
      const making = !ready && (this.#queued.has(name) || this.#making.isRunning(makingOf(name)));
      const progress = this.#progress.get(name)?.now;
      const more = { ...(progress === undefined ? {} : { progress }), ...(error === undefined ? {} : { error }) };
      return { name, summary, ready, making, standIn: true, ...more };
    });
  }

  has(reference: string): boolean {
    const parsed = parseReference(reference);
    return this.#given(parsed) !== undefined || this.#recipeOf(parsed) !== undefined;
  }

  async ensure(name: string, options: EnsureOptions): Promise<Image> {
    const reference = parseReference(name);
    const given = this.#given(reference);
    if (given !== undefined) {
      return await this.#give(given, reference, options);
    }
    const recipe = this.#recipeOf(reference);
    if (recipe === undefined) {
      throw new NotFound(this.#whyNot(reference));
    }
    if (options.platform !== undefined && platformDistance(hostPlatform(), options.platform) === undefined) {
      throw new NotFound(
        `there is no local stand-in for ${familiarString(reference)} on ${formatPlatform(options.platform)}: this machine is ${formatPlatform(hostPlatform())}`,
      );
    }
    // Making it takes a while: what it will be is mostly known before.
    if (this.#options.images.find(recipe.name) === undefined) {
      refuseOtherMajor(recipe, reference, await recipe.expectedVersion?.(options.signal));
    }
    const image = await this.#made(recipe, options);
    refuseOtherMajor(recipe, reference, versionOf(image.config));
    options.onProgress?.({
      status: `${familiarString(reference)} is a local stand-in: ${standInText(image.config, name)}; it is not the image of Docker Hub`,
    });
    return await this.#give(image, reference, options);
  }

  async prepareFirst(signal?: AbortSignal): Promise<void> {
    const first = [...this.#recipes.values()].filter(({ kind, name }) => kind !== "base" || name === workstationImage);
    for (const { name } of first) this.#queued.add(name);
    for (const recipe of first) {
      try {
        await this.#made(recipe, signal === undefined ? {} : { signal });
      } catch (error) {
        if (isEngineError(error, "cancelled")) {
          this.#queued.clear();
          return;
        }
        // Told by `list()`: what can be made is made all the same.
      } finally {
        this.#queued.delete(recipe.name);
      }
    }
  }

  async close(): Promise<void> {
    await this.#making.cancelAll(new Error("the catalogue is being closed"));
  }

  async #made(recipe: Recipe, options: Pick<EnsureOptions, "onProgress" | "signal">): Promise<Image> {
    const there = this.#options.images.find(recipe.name);
    if (there !== undefined) {
      return there;
    }
    const { host } = this.#options;
    options.onProgress?.({
      status: `Making a local stand-in for ${recipe.name} from ${host === undefined ? "" : sourceOf(host)}; this takes a while once`,
    });
    let step = 0;
    const onProgress = (line: string) => options.onProgress?.({ id: "stand-in", status: line, current: ++step });
    return await this.#making.run(
      makingOf(recipe.name),
      { signal: options.signal, onProgress },
      async (signal, report) => {
        const progress = new MakingProgress();
        this.#progress.set(recipe.name, progress);
        try {
          const image = await this.#make(recipe, signal, (line) => {
            progress.note(line);
            report(line);
          });
          this.#errors.delete(recipe.name);
          return image;
        } catch (error) {
          if (!isEngineError(error, "cancelled")) {
            this.#errors.set(recipe.name, messageOf(error));
          }
          throw error;
        } finally {
          // After a cancelled one the next may have begun already.
          if (this.#progress.get(recipe.name) === progress) {
            this.#progress.delete(recipe.name);
          }
        }
      },
    );
  }

  async #make(recipe: Recipe, signal: AbortSignal, report: (line: string) => void): Promise<Image> {
    const { host, images, roots, directory } = this.#options;
    if (host === undefined) {
      throw new Unavailable("stand-ins cannot be made on this machine");
    }
    const base = recipe.kind === "base" ? await this.#distribution(signal, report) : undefined;
    const fill = async () => {
      signal.throwIfAborted();
      return await roots.build(base?.layers.at(-1), (root) =>
        fillRoot(recipe, root, { host, aptDirectory: join(directory, "apt"), signal, onLine: report }),
      );
    };
    const { layer, result: version } = recipe.kind === "nothing" ? await fill() : await this.#inTurn(fill);
    report("Committing the layer");
    const layers: LayerID[] = [...(base?.layers ?? []), layer.id];
    return await images.create({
      config: configOf(recipe, host, version, base?.config),
      layers,
      tags: [recipe.name],
      standIn: true,
    });
  }

  async #distribution(signal: AbortSignal, report: (line: string) => void): Promise<Image> {
    const recipe = [...this.#recipes.values()].find(({ kind }) => kind === "distribution");
    if (recipe === undefined) {
      throw new Unavailable("stand-ins cannot be made on this machine");
    }
    return await this.#made(recipe, { signal, onProgress: ({ status }) => report(status) });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  /** The tenant gets an image of its own on the same layers. */
  async #give(image: Image, reference: Reference, options: EnsureOptions): Promise<Image> {
    const rawConfig = await this.#options.content.read(image.id, maxConfigSize);
    const { config, layers, standIn } = image;
    return await options.images.create({ config, rawConfig, layers, standIn, tags: [familiarString(reference)] });
  }

  #given(reference: Reference): Image | undefined {
    const image =
      reference.digest === undefined ? this.#options.operatorImages?.find(familiarString(reference)) : undefined;
    // The operator's own copy of a stand-in is no image that was given.
    return image?.standIn === true ? undefined : image;
  }

  #recipeOf(reference: Reference): Recipe | undefined {
    if (reference.domain !== defaultDomain || reference.digest !== undefined || this.#options.host === undefined) {
      return undefined;
    }
    const recipe = this.#recipes.get(familiarName(reference));
    return recipe?.acceptsTag(reference.tag ?? "latest", this.#options.host) === true ? recipe : undefined;
  }

  #whyNot(reference: Reference): string {
    const name = familiarName(reference);
    const none = `there is no local stand-in for ${familiarString(reference)}`;
    const foreign = this.#options.host === undefined ? undefined : ofAnother(name, reference.tag, this.#options.host);
    if (foreign !== undefined) {
      return `${none}: ${foreign}`;
    }
    if (name === "moby/buildkit") {
      // Dev Containers and bake call buildx by name, and heed no DOCKER_BUILDKIT.
      return `${none}: docker buildx starts it where an engine has no BuildKit (use DOCKER_BUILDKIT=0, or devcontainer --buildkit never)`;
    }
    if (this.#recipes.has(name)) {
      return `${none}: this machine has ${name} only as its own release brings it (use ${name})`;
    }
    const use = insteadOf(name, [...this.#recipes.keys()]);
    return use === undefined ? none : `${none} (use ${use})`;
  }
}

function refuseOtherMajor(recipe: Recipe, reference: Reference, version: string | undefined): void {
  const mismatch = wrongMajor(recipe, reference, version);
  if (mismatch !== undefined) {
    throw new NotFound(mismatch);
  }
}

/** What one making of a stand-in is called, whoever waits for it. */
function makingOf(name: string): string {
  return `making of ${name}`;
}

function configOf(recipe: Recipe, host: HostMachine, version: string, base: ImageConfig | undefined): ImageConfig {
  const created = new Date().toISOString();
  const platform = hostPlatform();
  const { Labels, ...config } = recipe.config(host);
  return {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: {
      ...config,
      Labels: {
        ...Labels,
        [standInLabel]: "true",
        [`${standInLabel}.name`]: recipe.name,
        [`${standInLabel}.version`]: version,
        [`${standInLabel}.source`]: sourceOf(host),
      },
    },
    rootfs: { type: "layers", diff_ids: [] },
    history: [
      ...(base?.history ?? []),
      {
        created,
        created_by: `local stand-in for ${recipe.name} ${version}`.trimEnd(),
        comment: `made from ${sourceOf(host)}`,
      },
    ],
  };
}
