import path from "node:path";
import { InvalidArgument } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, ContentDigest, ExecContext, Op } from "../solver/types.ts";
import { extractArchive, isArchive } from "./archive.ts";
import type { BuildWork } from "./build-work.ts";
import { digestSelection } from "./content-digest.ts";
import type { Selected } from "./entries.ts";
import { parseModeChange } from "./file-mode.ts";
import type { FileTree } from "./file-tree.ts";
import { selectFiles } from "./selection.ts";
import type { BuildResult } from "./result.ts";
import { TreeWriter } from "./tree-writer.ts";

export interface InlineFile {
  name: string;
  content: string;
}

export interface CopyDefinition {
  keyword: "COPY" | "ADD";
  sources: string[];
  /** here-documents */
  inline: InlineFile[];
  /** absolute; a trailing `/` says that it is a directory */
  destination: string;
  /** `user:group` or undefined */
  chown: string | undefined;
  chmod: string | undefined;
  exclude: string[];
  parents: boolean;
  /** extract local archives (ADD) */
  extract: boolean;
}

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
      key: digestOf(JSON.stringify(["copy", 1, this.#definition])),
      facts: { instruction: `${this.#definition.keyword} ${describe(this.#definition)}` },
      selectors: [undefined, (input, signal) => this.#select(input, signal)],
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const [target, source] = inputs;
    if (target?.kind !== "layer") {
      throw new InvalidArgument("files can only be copied into a file system");
    }
    return this.#work.workshop.change(target.layer, this.#work.lease, async (directory) => {
      await this.#withTree(source, async (tree) => {
        await this.#write(directory, tree, context.signal);
      });
      return true;
    });
  }

  async #select(input: BuildResult, signal: AbortSignal): Promise<ContentDigest> {
    return this.#withTree(input, async (tree) => {
      if (tree === undefined) {
        return { digest: digestOf("") };
      }
      this.#selected = await selectFiles(tree, this.#definition, signal);
      return digestSelection(tree, this.#selected, this.#work.digests, signal);
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

  async #write(directory: string, tree: FileTree | undefined, signal: AbortSignal): Promise<void> {
    const { chown, chmod, inline, keyword, exclude } = this.#definition;
    using target = new SafeRoot(directory);
    using source = new SafeRoot(tree?.root ?? directory);
    const user = chown === undefined ? undefined : this.#work.users(directory, chown);
    const writer = new TreeWriter(source, target, {
      owner: user === undefined ? undefined : { uid: user.uid, gid: user.gid },
      mode: chmod === undefined ? undefined : parseModeChange(chmod),
      layer: tree?.layer ?? false,
      signal,
    });
    try {
      let selected: Selected[] = [];
      if (tree !== undefined) {
        selected = this.#selected ?? (await selectFiles(tree, this.#definition, signal));
      }
      const into = this.#isDirectory(target, selected.length + inline.length);
      if (!into && selected.length + inline.length > 1) {
        throw new InvalidArgument(
          `When using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
        );
      }
      for (const one of selected) {
        await this.#writeOne(one, { target, source, writer, into, owner: user, signal });
      }
      for (const file of inline) {
        this.#writeInline(file, target, writer, into, user);
      }
      if (selected.length === 0 && inline.length === 0 && exclude.length > 0) {
        writer.makeParents(this.#definition.destination);
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
      into: boolean;
      owner: { uid: number; gid: number } | undefined;
      signal: AbortSignal;
    },
  ): Promise<void> {
    const { destination, extract } = this.#definition;
    const { target, source, writer, into } = places;
    const base = path.posix.join(destination, selected.parents);
    const entry = selected.entries[0];
    if (selected.kind === "file" && extract && entry !== undefined && (await isArchive(source, entry))) {
      writer.makeParents(base);
      await extractArchive(source, entry, target, {
        directory: base,
        owner: places.owner,
        signal: places.signal,
      });
      return;
    }
    let top = base;
    if (selected.kind === "directory") {
      top = this.#definition.parents ? path.posix.join(base, selected.name) : base;
    } else if (into) {
      top = path.posix.join(base, selected.name);
    }
    await writer.write(selected.entries, this.#resolved(target, writer, top));
  }

  #writeInline(
    file: InlineFile,
    target: SafeRoot,
    writer: TreeWriter,
    into: boolean,
    owner: { uid: number; gid: number } | undefined,
  ): void {
    const { destination, chmod } = this.#definition;
    const mode = chmod === undefined ? 0o644 : (parseModeChange(chmod)?.(0o644, false) ?? 0o644);
    const at = this.#resolved(target, writer, into ? path.posix.join(destination, file.name) : destination);
    target.writeFile(at, file.content, { mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 });
  }

  /** Makes the parents of `top`, and resolves links on the way to it and at its end. */
  #resolved(target: SafeRoot, writer: TreeWriter, top: string): string {
    const clean = path.posix.normalize(top).replace(/(.)\/$/, "$1");
    if (clean === "/") {
      return "/";
    }
    const parent = path.posix.dirname(clean);
    if (parent !== "/") {
      writer.makeParents(parent);
    }
    if (target.exists(clean) && target.lstat(clean).kind === "symlink" && statKind(target, clean) !== undefined) {
      return target.realPath(clean);
    }
    return path.posix.join(parent === "/" ? "/" : target.realPath(parent), path.posix.basename(clean));
  }

  /** Whether files go into the destination rather than become it. */
  #isDirectory(target: SafeRoot, sources: number): boolean {
    const { destination, parents } = this.#definition;
    if (parents || destination.endsWith("/") || (sources === 0 && destination === "/")) {
      return true;
    }
    return statKind(target, destination) === "directory";
  }
}

/** The kind of what is there, links followed; undefined if there is nothing. */
function statKind(root: SafeRoot, at: string): string | undefined {
  if (!root.exists(at)) {
    return undefined;
  }
  try {
    return root.stat(at).kind;
  } catch {
    // a dangling link: nothing is there yet
    return undefined;
  }
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
