import path from "node:path";
import { inPieces } from "../../concurrency/thread-time.ts";
import { InvalidArgument } from "../../errdefs/errors.ts";
import { destinationPieces } from "../../mount/destination.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, ContentDigest, ExecContext, Op } from "../solver/types.ts";
import { extractArchive, isArchive } from "./archive.ts";
import { type BuildWork, epochKey } from "./build-work.ts";
import { digestSelection } from "./content-digest.ts";
import type { Selected } from "./entries.ts";
import { parseModeChange, parseOctalMode } from "./file-mode.ts";
import { type FileOwner, fileOwner } from "./file-owner.ts";
import type { FileTree } from "./file-tree.ts";
import { selectFiles } from "./selection.ts";
import type { BuildResult } from "./result.ts";
import { TreeWriter } from "./tree-writer.ts";
import type { ChangeOptions } from "./workshop.ts";

export interface InlineFile {
  name: string;
  content: string;
}

export interface CopyDefinition {
  keyword: "COPY" | "ADD" | "RUN --mount";
  sources: string[];
  /** here-documents */
  inline: InlineFile[];
  /** absolute; a trailing `/` says that it is a directory */
  destination: string;
  /** `user:group` or undefined */
  chown: string | undefined;
  /** `chown` counts for what an archive holds, too */
  chownsArchives?: true | undefined;
  chmod: string | undefined;
  exclude: string[];
  parents: boolean;
  /** extract local archives (ADD) */
  extract: boolean;
}

/** Writes what was left for later, into the directory on disk of what a layer changes. */
type Fill = (changes: string, tree: FileTree | undefined) => Promise<void>;

/** What sources stand for: several files or directories, a directory, a file. */
export type SourceKind = "multi" | "dir" | "file";

/** COPY and ADD of files: inputs are the file system to change, and where the files are (absent for here-documents). */
export class CopyOp implements Op<BuildResult> {
  readonly #definition: CopyDefinition;
  readonly #work: BuildWork;
  #selected: Selected[] | undefined;

  constructor(definition: CopyDefinition, work: BuildWork) {
    this.#definition = definition;
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return {
      key: digestOf(JSON.stringify(["copy", 5, this.#definition, ...epochKey(this.#work)])),
      facts: { instruction: `${this.#definition.keyword} ${describe(this.#definition)}` },
      selectors: [undefined, (input, signal) => this.#select(input, signal)],
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const [target, source] = inputs;
    const { signal } = context;
    const fills: Fill[] = [];
    const later = (fill: Fill) => void fills.push(fill);
    return layerOfCopies(target, this.#work, context, {
      write: (directory) => this.writeInto(directory, source, { signal, later }),
      fill: async (changes) => {
        for (const fill of fills) await this.#withTree(source, (tree) => fill(changes, tree));
      },
    });
  }

  /**
   * Copies into a mounted file system. @returns bytes that were read. @throws as `exec` does
   * @param later takes what can be written without the mount, which may be left to it
   */
  async writeInto(
    directory: string,
    source: BuildResult | undefined,
    { signal, later }: { signal: AbortSignal; later?: (fill: Fill) => void },
  ): Promise<number> {
    await this.#withTree(source, async (tree) => {
      await this.#write(directory, tree, { signal, later });
    });
    return bytesOf(this.#selected ?? []);
  }

  /** Undefined until the sources have been looked at. */
  get sourceKind(): SourceKind | undefined {
    if (this.#selected === undefined) {
      return undefined;
    }
    const several = this.#selected.length + this.#definition.inline.length > 1;
    return several ? "multi" : this.#selected[0]?.kind === "directory" ? "dir" : "file";
  }

  /** @throws as `exec` does */
  async lookAtSources(source: BuildResult, signal = new AbortController().signal): Promise<SourceKind | undefined> {
    await this.#withTree(source, async (tree) => {
      if (tree !== undefined) {
        this.#selected ??= await selectFiles(tree, this.#definition, signal);
      }
    });
    return this.sourceKind;
  }

  async #select(input: BuildResult, signal: AbortSignal): Promise<ContentDigest> {
    return this.#withTree(input, async (tree) => {
      if (tree === undefined) {
        return { digest: digestOf("") };
      }
      this.#selected = await selectFiles(tree, this.#definition, signal);
      const { digests } = this.#work;
      return digestSelection(tree, this.#selected, { digests, contents: !this.#definition.parents, signal });
    });
  }

  async #withTree<T>(source: BuildResult | undefined, body: (tree: FileTree | undefined) => Promise<T>): Promise<T> {
    if (source === undefined) {
      return body(undefined);
    }
    if (source.kind === "tree") {
      return body(source.tree);
    }
    return this.#work.workshop.view(source.layer, this.#work.lease, (root) =>
      body({ root, layer: true, description: "the stage it copies from", ignore: undefined }),
    );
  }

  async #write(
    directory: string,
    tree: FileTree | undefined,
    { signal, later }: { signal: AbortSignal; later: ((fill: Fill) => void) | undefined },
  ): Promise<void> {
    const { chown, inline, parents } = this.#definition;
    using target = new SafeRoot(directory);
    using source = new SafeRoot(tree?.root ?? directory);
    const owner = chown === undefined ? undefined : fileOwner(this.#work.users, directory, chown);
    const writer = this.#writer(source, target, { tree, owner, signal });
    try {
      let selected: Selected[] = [];
      if (tree !== undefined) {
        selected = this.#selected ?? (await selectFiles(tree, this.#definition, signal));
      }
      const destination = await inPieces(destinationPieces(target, this.#definition.destination));
      // asked anew for each, as BuildKit does: what the first one has made decides where the next one goes
      const into = (): boolean => this.#isDirectory(target, destination, selected.length + inline.length);
      let last: number | undefined;
      for (const one of selected) {
        // names of one file stay so within a copy, of which --parents makes one for each source, not for each match
        if (!parents || one.source !== last) writer.beginCopy();
        last = one.source;
        // What comes after it may go where it has made something.
        const own = selected.length + inline.length === 1 ? { later } : {};
        await this.#writeOne(one, { target, source, writer, destination, into: into(), owner, signal, ...own });
      }
      for (const file of inline) {
        this.#writeInline(file, { target, writer, destination, into: into(), owner });
      }
      if (parents && selected.length === 0) {
        writer.makeParents(destination);
      }
    } finally {
      writer.close();
    }
  }

  async #writeOne(
    selected: Selected,
    places: {
      target: SafeRoot;
      source: SafeRoot;
      writer: TreeWriter;
      destination: string;
      into: boolean;
      owner: FileOwner | undefined;
      signal: AbortSignal;
      later?: ((fill: Fill) => void) | undefined;
    },
  ): Promise<void> {
    const { extract, parents } = this.#definition;
    const { target, source, writer, destination, into, owner, signal, later } = places;
    const base = path.posix.join(destination, selected.parents);
    const entry = selected.entries[0];
    if (selected.kind === "file" && extract && entry !== undefined && (await isArchive(source, entry))) {
      writer.makeParents(base);
      const { chownsArchives } = this.#definition;
      const options = { directory: base, owner: chownsArchives === true ? owner : undefined, signal };
      await extractArchive(source, entry, target, options);
      return;
    }
    const contents = selected.kind === "directory" && (!parents || selected.name === "");
    const named = selected.kind === "directory" ? parents : into;
    const top = named ? path.posix.join(base, selected.name) : base;
    if (selected.ancestors.length > 0) {
      writer.makeParents(destination);
      writer.makeLike(selected.ancestors, destination);
    }
    writer.makeParents(path.posix.dirname(top));
    const isAlone = later !== undefined && contents && selected.entries.length > 1 && writer.makeAlone(top);
    if (!isAlone) {
      await writer.write(selected.entries, top, { contents });
      return;
    }
    later(async (changes, tree) => {
      using alone = new SafeRoot(changes);
      using from = new SafeRoot(tree?.root ?? changes);
      const filler = this.#writer(from, alone, { tree, owner, signal });
      try {
        await filler.write(selected.entries, top, { contents });
      } finally {
        filler.close();
      }
    });
  }

  #writer(
    source: SafeRoot,
    target: SafeRoot,
    { tree, owner, signal }: { tree: FileTree | undefined; owner: FileOwner | undefined; signal: AbortSignal },
  ): TreeWriter {
    const { chmod } = this.#definition;
    return new TreeWriter(source, target, {
      owner,
      mode: chmod === undefined ? undefined : parseModeChange(chmod),
      parentMode: chmod === undefined ? undefined : parseOctalMode(chmod),
      layer: tree?.layer ?? false,
      signal,
    });
  }

  #writeInline(
    file: InlineFile,
    places: { target: SafeRoot; writer: TreeWriter; destination: string; into: boolean; owner: FileOwner | undefined },
  ): void {
    const { chmod } = this.#definition;
    const { target, writer, destination, into, owner } = places;
    const mode = chmod === undefined ? 0o644 : (parseModeChange(chmod)?.(0o644, false) ?? 0o644);
    const at = into ? path.posix.join(destination, file.name) : destination;
    writer.makeParents(path.posix.dirname(at));
    target.writeFile(at, file.content, { mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 });
  }

  /** Whether files go into the destination rather than become it. */
  #isDirectory(target: SafeRoot, resolved: string, sources: number): boolean {
    const { destination, parents } = this.#definition;
    if (parents || destination.endsWith("/") || (sources === 0 && destination === "/")) {
      return true;
    }
    return target.exists(resolved) && target.stat(resolved).kind === "directory";
  }
}

/**
 * A layer on `target` of what `write` copies into a directory.
 * @param copies.write returns how many bytes it has read @param copies.fill see `ChangeOptions`
 * @throws InvalidArgument when the target is no file system; what `write` and `fill` throw
 */
export async function layerOfCopies(
  target: BuildResult | undefined,
  work: BuildWork,
  context: ExecContext,
  { write, ...fill }: { write: (directory: string) => Promise<number> } & Pick<ChangeOptions, "fill">,
): Promise<BuildResult> {
  if (target?.kind !== "layer") {
    throw new InvalidArgument("files can only be copied into a file system");
  }
  const change = async (directory: string): Promise<boolean> => {
    context.measure("bytesRead", await write(directory));
    return true;
  };
  return work.workshop.change(target.layer, work.lease, change, {
    measure: (name, value) => context.measure(name, value),
    epoch: work.epoch,
    ...fill,
  });
}

function bytesOf(selected: readonly Selected[]): number {
  let bytes = 0;
  for (const { entries } of selected) {
    for (const { stat } of entries) {
      bytes += stat.kind === "file" ? stat.size : 0;
    }
  }
  return bytes;
}

function describe(definition: CopyDefinition): string {
  const flags = [
    definition.chown === undefined ? [] : [`--chown=${definition.chown}`],
    definition.chmod === undefined ? [] : [`--chmod=${definition.chmod}`],
    definition.parents ? ["--parents"] : [],
    definition.exclude.map((pattern) => `--exclude=${pattern}`),
  ].flat();
  const inline = definition.inline.map((file) => `<<${file.name} ${digestOf(file.content).slice(7, 19)}`);
  return [...flags, ...definition.sources, ...inline, definition.destination].join(" ");
}
