import { bytesOf, type FileAttributes, type LayerEntry } from "../../diff/layer-entries.ts";

/** One path of an image, with all beneath it. */
export interface TreeNode {
  readonly name: string;
  file: FileAttributes;
  /** the layer that it comes from, counted from 0 */
  layer: number;
  /** what the marked layers did to it; what they deleted is kept */
  change?: "added" | "changed" | "deleted";
  /** of a directory */
  children?: Map<string, TreeNode>;
  /** bytes of what is there: its own, or of all beneath it */
  size: number;
  /** files beneath it that are there, or 1 */
  files: number;
  /** it or something beneath it is marked */
  marked: boolean;
}

/** Told of each file of a layer that another layer above hides. */
export type OnHidden = (path: string, file: TreeNode, by: number, how: "overwritten" | "deleted") => void;

const root: FileAttributes = { kind: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n };

/** The file system that layers make together, as overlayfs shows it, with marks for what the upper ones did. */
export class ImageTree {
  readonly root: TreeNode = newNode("", root, 0);
  /** nodes that were made */
  count = 0;
  readonly #since: number;
  readonly #onHidden: OnHidden;

  /** @param since what layers from this one on do is marked */
  constructor(since: number, onHidden: OnHidden = () => {}) {
    this.#since = since;
    this.#onHidden = onHidden;
  }

  /** Lays one layer on top: lowest first. */
  add(layer: number, entries: readonly LayerEntry[]): void {
    for (const { path, file } of entries) {
      const names = path.split("/").slice(1);
      const name = names.pop() ?? "";
      const parent = this.#directory(names);
      if (parent?.children === undefined || name === "") continue;
      if (file === undefined) {
        this.#remove(parent.children, name, path, layer);
      } else {
        this.#put(parent.children, newNode(name, file, layer), path);
      }
    }
  }

  /** Sums up sizes and marks, once all layers are there. */
  settle(node: TreeNode = this.root): void {
    const gone = node.change === "deleted";
    node.marked = node.change !== undefined;
    if (node.children === undefined) return;
    node.size = 0;
    node.files = 0;
    for (const child of node.children.values()) {
      if (gone) child.change = "deleted";
      this.settle(child);
      node.marked ||= child.marked;
      if (gone || child.change !== "deleted") {
        node.size += child.size;
        node.files += child.files;
      }
    }
  }

  /** What is at an absolute path, deleted or not; links are names like any other. */
  find(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.root;
    for (const name of path.split("/").filter(Boolean)) {
      node = node?.children?.get(name);
    }
    return node;
  }

  #directory(names: readonly string[]): TreeNode | undefined {
    let node: TreeNode | undefined = this.root;
    for (const name of names) {
      node = node?.children?.get(name);
    }
    return node;
  }

  #remove(siblings: Map<string, TreeNode>, name: string, path: string, layer: number): void {
    const node = siblings.get(name);
    if (node === undefined || node.change === "deleted") return;
    this.#hide(path, node, layer, "deleted");
    if (layer < this.#since || node.change === "added") {
      siblings.delete(name);
    } else {
      node.change = "deleted";
    }
  }

  #put(siblings: Map<string, TreeNode>, node: TreeNode, path: string): void {
    const before = siblings.get(node.name);
    const isMarked = node.layer >= this.#since;
    const wasThere = before !== undefined && before.change !== "deleted";
    if (wasThere && before.children !== undefined && node.children !== undefined) {
      const isSame = (["mode", "uid", "gid"] as const).every((key) => before.file[key] === node.file[key]);
      if (isMarked && !isSame) before.change ??= "changed";
      before.file = node.file;
      return;
    }
    if (wasThere) this.#hide(path, before, node.layer, "overwritten");
    if (isMarked) node.change = before === undefined || before.change === "added" ? "added" : "changed";
    siblings.set(node.name, node);
    this.count++;
  }

  #hide(path: string, node: TreeNode, by: number, how: "overwritten" | "deleted"): void {
    if (node.change === "deleted") return;
    if (node.children === undefined) {
      this.#onHidden(path, node, by, how);
      return;
    }
    for (const child of node.children.values()) {
      this.#hide(`${path}/${child.name}`, child, by, how);
    }
  }
}

function newNode(name: string, file: FileAttributes, layer: number): TreeNode {
  const isDirectory = file.kind === "directory";
  const size = bytesOf(file);
  return {
    name,
    file,
    layer,
    size,
    files: isDirectory ? 0 : 1,
    marked: false,
    ...(isDirectory ? { children: new Map() } : {}),
  };
}
