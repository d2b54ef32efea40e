import { readSync } from "node:fs";
import {
  type ComparedFiles,
  type ComparedSide,
  comparedEntries,
  type ImageComparison,
} from "../../../contract/image-files.ts";
import { bytesOf } from "../../diff/layer-entries.ts";
import { Pace } from "../../diff/pace.ts";
import type { LayerFiles } from "../../layers/layer-store.ts";
import type { Image } from "../image-store.ts";
import { compareConfigs, compareInstructions } from "./compare-config.ts";
import type { ImageTree, TreeNode } from "./image-tree.ts";
import { kindOf } from "./listing.ts";

/** An image as it is with `layer` on top; default: all of it. */
export interface ComparedImage {
  image: Image;
  layer?: number;
}

/** Bytes that one comparison reads of files of equal size. */
const readBytes = 256 << 20;
const chunk = 1 << 20;

type What = NonNullable<ComparedFiles["files"][number]["what"]>;

/** What differs between two images: configuration, instructions, and files by their content, never by their times alone. */
export async function compareImages(
  before: ComparedImage,
  after: ComparedImage,
  { trees: [old, now], sizes }: { trees: [ImageTree, ImageTree]; sizes: [number, number] },
  options: { files: LayerFiles; signal: AbortSignal },
): Promise<ImageComparison> {
  const comparison = new TreeComparison(before.image, after.image, options);
  await comparison.run(old.root, now.root);
  return {
    before: sideOf(before, sizes[0]),
    after: sideOf(after, sizes[1]),
    config: compareConfigs(before.image.config, after.image.config),
    instructions: compareInstructions(before.image.config, after.image.config),
    files: comparison.files,
  };
}

function sideOf({ image: { id, tags, layers }, layer }: ComparedImage, size: number): ComparedSide {
  return { id, names: tags, layer: layer ?? layers.length - 1, layers: layers.length, size };
}

class TreeComparison {
  readonly files: ImageComparison["files"] = {
    added: { count: 0, files: [] },
    removed: { count: 0, files: [] },
    changed: { count: 0, files: [] },
    same: 0,
    unread: 0,
  };
  readonly #before: Image;
  readonly #after: Image;
  readonly #files: LayerFiles;
  readonly #signal: AbortSignal;
  readonly #pace = new Pace();
  #left = readBytes;

  constructor(before: Image, after: Image, { files, signal }: { files: LayerFiles; signal: AbortSignal }) {
    this.#before = before;
    this.#after = after;
    this.#files = files;
    this.#signal = signal;
  }

  async run(old: TreeNode, now: TreeNode, path = ""): Promise<void> {
    const names = new Set([...(old.children?.keys() ?? []), ...(now.children?.keys() ?? [])]);
    // Without a comparison function, sorting is by code units.
    // oxlint-disable-next-line typescript/require-array-sort-compare
    for (const name of [...names].toSorted()) {
      if (this.#pace.due) {
        await this.#pace.rest();
        this.#signal.throwIfAborted();
      }
      await this.#compare(old.children?.get(name), now.children?.get(name), `${path}/${name}`);
    }
  }

  async #compare(old: TreeNode | undefined, now: TreeNode | undefined, path: string): Promise<void> {
    if (old === undefined || now === undefined) {
      this.#only(old, now, path);
      return;
    }
    if (old.children !== undefined && now.children !== undefined) {
      this.#note(path, old, now, differentAttributes(old, now));
      await this.run(old, now, path);
      return;
    }
    if (this.#before.layers[old.layer] === this.#after.layers[now.layer]) {
      this.files.same++;
      return;
    }
    const what = differentAttributes(old, now);
    if (old.file.kind === "file" && now.file.kind === "file" && (await this.#contentDiffers(old, now, path))) {
      what.unshift("content");
    }
    if (what.length === 0) this.files.same++;
    this.#note(path, old, now, what);
  }

  #note(path: string, old: TreeNode, now: TreeNode, what: What): void {
    if (what.length === 0) return;
    keep(this.files.changed, { path, kind: kindOf(now), before: shownSize(old), after: shownSize(now), what });
  }

  /** What one side alone has; of directories all in them, and themselves if they are empty. */
  #only(old: TreeNode | undefined, now: TreeNode | undefined, path: string): void {
    const node = now ?? old;
    if (node === undefined) return;
    for (const child of node.children?.values() ?? []) {
      this.#only(old && child, now && child, `${path}/${child.name}`);
    }
    if ((node.children?.size ?? 0) > 0) return;
    const { sameAs } = node.file;
    const file = { path, kind: kindOf(node), ...(sameAs === undefined ? {} : { sameAs }) };
    if (now === undefined) keep(this.files.removed, { ...file, before: bytesOf(node.file) });
    else keep(this.files.added, { ...file, after: bytesOf(node.file) });
  }

  async #contentDiffers(old: TreeNode, now: TreeNode, path: string): Promise<boolean> {
    if (old.file.size !== now.file.size) return true;
    if (this.#left < old.file.size) {
      this.files.unread++;
      return old.file.mtimeNs !== now.file.mtimeNs;
    }
    this.#left -= old.file.size;
    const before = this.#before.layers[old.layer];
    const after = this.#after.layers[now.layer];
    if (before === undefined || after === undefined) return true;
    using left = this.#files.openFile(before, path);
    using right = this.#files.openFile(after, path);
    const buffers = [
      Buffer.allocUnsafe(Math.min(chunk, old.file.size)),
      Buffer.allocUnsafe(Math.min(chunk, old.file.size)),
    ];
    for (let at = 0; at < old.file.size;) {
      const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = buffers;
      const read = readSync(left.fd, a, 0, a.length, at);
      if (read === 0 || readSync(right.fd, b, 0, read, at) !== read) return true;
      if (a.compare(b, 0, read, 0, read) !== 0) return true;
      at += read;
      if (this.#pace.due) await this.#pace.rest();
    }
    return false;
  }
}

function differentAttributes({ file: old }: TreeNode, { file: now }: TreeNode): What {
  const what: What = [];
  if (old.kind !== now.kind) what.push("kind");
  if (old.target !== now.target) what.push("target");
  if (old.kind !== "symlink" && old.mode !== now.mode) what.push("mode");
  if (old.uid !== now.uid || old.gid !== now.gid) what.push("owner");
  return what;
}

function keep(list: ComparedFiles, file: ComparedFiles["files"][number]): void {
  list.count++;
  if (list.files.length < comparedEntries) list.files.push(file);
}

function shownSize({ file }: TreeNode): number {
  return file.kind === "file" ? file.size : 0;
}
