import type { DirectoryListing, FoundFiles, ImageLayers } from "#contract/image-files.ts";
import { longestFilePath, mostOpen } from "#contract/together-events.ts";
import type { Place } from "#contract/together-events.ts";
import { errorText } from "../../lib/api.ts";
import { Store } from "../../lib/store.ts";
import type { WantedLayer } from "../build/builds-store.ts";
import type { LayerPlace, LayersApi } from "./layers-api.ts";

/** What was asked for: on its way, here, or why it is not. */
export type Loaded<Value> = { value?: Value; error?: string };

/** What is shown of an image's files, as others are told it. */
export type Browsing = NonNullable<Place["browsing"]>;

export interface ShownFile {
  path: string;
  deleted: boolean;
  content: Loaded<{ bytes: Uint8Array<ArrayBuffer>; size: number }>;
}

/** One image that is looked into: which of its layers, which directories are open, which file is shown. */
export class LayersStore {
  readonly summary = new Store<Loaded<ImageLayers>>({});
  /** undefined: all layers */
  readonly layer = new Store<number | undefined>(undefined);
  readonly changesOnly = new Store(false);
  readonly listings = new Store<ReadonlyMap<string, Loaded<DirectoryListing>>>(new Map());
  readonly open = new Store<ReadonlySet<string>>(new Set(["/"]));
  /** the directory whose sizes are drawn */
  readonly directory = new Store("/");
  readonly found = new Store<{ text: string; files?: FoundFiles; error?: string } | undefined>(undefined);
  readonly file = new Store<ShownFile | undefined>(undefined);
  readonly #api: LayersApi;
  #name: string | undefined;
  /** counts what is shown anew: answers of before are dropped */
  #turn = 0;

  constructor(api: LayersApi) {
    this.#api = api;
  }

  /** Looks into another image, at one layer of it, if any. */
  async show(name: string, wanted?: WantedLayer): Promise<void> {
    this.#name = name;
    const turn = ++this.#turn;
    this.summary.set({});
    this.file.set(undefined);
    try {
      const value = await this.#api.layers(name);
      if (turn !== this.#turn) return;
      this.summary.set({ value });
      // What was done by hand last is on top of what was there before.
      const made = value.layers.findLast(
        ({ step, byHand }) =>
          step === wanted?.step && step !== undefined && (byHand === undefined) === (wanted?.what === "own"),
      );
      this.choose(made?.index);
    } catch (error) {
      if (turn === this.#turn) this.summary.set({ error: errorText(error) });
    }
  }

  /** A layer, or all of them. */
  choose(layer: number | undefined): void {
    this.layer.set(layer);
    this.changesOnly.set(layer !== undefined && layer > 0);
    this.#restart();
  }

  showChangesOnly(only: boolean): void {
    this.changesOnly.set(only);
    this.#restart();
  }

  toggle(path: string, wanted = !this.open.value.has(path)): void {
    const open = new Set(this.open.value);
    if (wanted) open.add(path);
    else open.delete(path);
    this.open.set(open);
    if (wanted) void this.#list(path);
  }

  /** Draws a directory, opening the way to it. */
  goTo(path: string): void {
    const names = path.split("/").filter(Boolean);
    for (let depth = 0; depth <= names.length; depth++) this.toggle(`/${names.slice(0, depth).join("/")}`, true);
    this.directory.set(path);
  }

  async find(text: string): Promise<void> {
    const name = this.#name;
    if (name === undefined) return;
    if (text.trim() === "") {
      this.found.set(undefined);
      return;
    }
    this.found.set({ text, ...(this.found.value?.files ? { files: this.found.value.files } : {}) });
    const set = (answer: { files?: FoundFiles; error?: string }): void => {
      if (this.found.value?.text === text) this.found.set({ text, ...answer });
    };
    try {
      set({ files: await this.#api.find(name, this.place, text.trim()) });
    } catch (error) {
      set({ error: errorText(error) });
    }
  }

  async openFile(path: string, deleted: boolean): Promise<void> {
    const name = this.#name;
    if (name === undefined) return;
    this.file.set({ path, deleted, content: {} });
    const set = (content: ShownFile["content"]): void => {
      if (this.file.value?.path === path) this.file.set({ path, deleted, content });
    };
    try {
      set({ value: await this.#api.file(name, this.place, path) });
    } catch (error) {
      set({ error: errorText(error) });
    }
  }

  /** Undefined: the image is not here yet, or something is shown that is too long to tell. */
  get browsing(): Browsing | undefined {
    const [image, layer, file] = [this.#name, this.layer.value, this.file.value];
    if (image === undefined || this.summary.value.value === undefined) return undefined;
    const open = [...this.open.value].filter((path) => path.length <= longestFilePath);
    const told = {
      image,
      ...(layer === undefined ? {} : { layer }),
      changesOnly: this.changesOnly.value,
      search: this.found.value?.text ?? "",
      open: open.toSorted().slice(0, mostOpen),
      directory: this.directory.value,
      ...(file === undefined ? {} : { file: { path: file.path, deleted: file.deleted } }),
    };
    const longest = Math.max(told.search.length, told.directory.length, told.file?.path.length ?? 0);
    return longest > longestFilePath ? undefined : told;
  }

  /** Shows the same as another page; nothing, if that is of another image or layer. */
  browse(theirs: Browsing): void {
    const own = this.browsing;
    if (own?.image !== theirs.image || own.layer !== theirs.layer) return;
    if (own.changesOnly !== theirs.changesOnly) this.showChangesOnly(theirs.changesOnly);
    const open = this.browsing?.open ?? [];
    if (open.length !== theirs.open.length || open.some((path, index) => path !== theirs.open[index])) {
      this.open.set(new Set(theirs.open));
    }
    for (const path of [...theirs.open, theirs.directory]) void this.#list(path);
    this.directory.set(theirs.directory);
    if (own.search !== theirs.search) void this.find(theirs.search);
    const { file } = theirs;
    if (file === undefined) this.file.set(undefined);
    else if (file.path !== this.file.value?.path || file.deleted !== this.file.value.deleted) {
      void this.openFile(file.path, file.deleted);
    }
  }

  /** All layers: marked is what was put on the base image. */
  get place(): LayerPlace {
    const layers = this.summary.value.value?.layers ?? [];
    const changesOnly = this.changesOnly.value;
    const layer = this.layer.value;
    if (layer !== undefined) return { layer, since: layer, changesOnly };
    const first = layers.findIndex(({ step }) => step !== undefined);
    return { layer: Math.max(0, layers.length - 1), since: first < 0 ? layers.length : first, changesOnly };
  }

  #restart(): void {
    this.#turn++;
    const text = this.found.value?.text;
    this.listings.set(new Map());
    this.file.set(undefined);
    this.directory.set("/");
    this.open.set(new Set(["/"]));
    void this.#list("/");
    if (text !== undefined) void this.find(text);
  }

  async #list(path: string): Promise<void> {
    const name = this.#name;
    if (name === undefined || this.listings.value.get(path) !== undefined) return;
    const turn = this.#turn;
    const set = (listing: Loaded<DirectoryListing>): void => {
      if (turn === this.#turn) this.listings.update((all) => new Map([...all, [path, listing]]));
    };
    set({});
    try {
      const value = await this.#api.tree(name, this.place, path);
      set({ value });
      // A directory that only leads to another one says nothing by itself.
      const [only] = value.entries;
      if (value.entries.length === 1 && only?.kind === "directory" && turn === this.#turn) {
        this.toggle(joinPath(path, only.name), true);
      }
    } catch (error) {
      set({ error: errorText(error) });
    }
  }
}

export function joinPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
