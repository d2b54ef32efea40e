import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path/posix";
import { InvalidArgument } from "../errdefs/errors.ts";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { fdPath, type SafeStat } from "../mount/safe-stat.ts";
import type { SnapshotTree } from "../snapshots/snapshot-tree.ts";
import { procPath, withDirectory } from "./file-attributes.ts";
import type { TarHeader } from "./tar/tar-header.ts";
import { safePath, statIfThere } from "./tree-paths.ts";
import { TreeWriter, type TreeWriterOptions } from "./tree-writer.ts";
import { isWhiteout, lookUpPath, metaPrefix, opaqueName, opaqueXattr, whiteoutPrefix } from "./whiteouts.ts";

/**
 * Puts a layer's archive into a snapshot directory: whiteouts (image-spec layer.md) become overlayfs's marks, or, in a
 * full tree, deletions of what came from the parent.
 */
export class LayerWriter extends TreeWriter {
  readonly #tree: SnapshotTree;
  /** full trees only: what this layer brought, with its parents, and so survives its own whiteouts */
  readonly #own = new Set<string>();

  constructor(tree: SnapshotTree, options: Pick<TreeWriterOptions, "limits"> = {}) {
    super(tree.dir, {
      ...options,
      devices: "make",
      implied: (path) => {
        const below = lookUpPath(tree.parents, path)?.stat;
        return below?.kind === "directory" ? below : undefined;
      },
    });
    this.#tree = tree;
  }

  override entry(header: TarHeader): void {
    const path = safePath(header.name);
    const name = basename(path);
    if (name === opaqueName) {
      super.beginEntry(header);
      this.#makeOpaque(dirname(path) === "." ? "" : dirname(path));
      return;
    }
    if (path.includes(metaPrefix) && path.split("/").some((part) => part.startsWith(metaPrefix))) {
      super.beginEntry(header);
      return;
    }
    if (name.startsWith(whiteoutPrefix)) {
      super.beginEntry(header);
      this.#makeWhiteout(dirname(path), name.slice(whiteoutPrefix.length));
      return;
    }
    super.entry(header);
    if (this.#tree.format === "full") {
      this.#remember(path);
    }
  }

  protected override replaceWithDirectory(parent: number, name: string, existing: SafeStat): void {
    super.replaceWithDirectory(parent, name, existing);
    if (isWhiteout(existing)) {
      setOpaque(procPath(parent, name));
    }
  }

  #makeWhiteout(dir: string, name: string): void {
    if (name === "" || name === "." || name === "..") {
      throw new InvalidArgument(`the layer deletes ${JSON.stringify(name)}, which is no file name`);
    }
    const path = dir === "." ? name : `${dir}/${name}`;
    if (this.#tree.format === "full") {
      this.#removeForeign(path);
      return;
    }
    if (lookUpPath(this.#tree.parents, path) === undefined) {
      // Nothing to delete; a mark would be left over for nobody.
      return;
    }
    const at = this.locate(path);
    const existing = statIfThere(at.parent, at.name);
    if (existing === undefined) {
      const made = libc.mknodat(at.parent, at.name, 0o020000, 0n);
      if (made < 0) {
        throw callError("mknodat", made, `deleting ${path}`);
      }
    } else if (existing.kind === "directory") {
      // The layer's own directory: only what is below it is meant.
      setOpaque(procPath(at.parent, at.name));
    }
  }

  #makeOpaque(path: string): void {
    if (path === "") {
      throw new InvalidArgument("the layer deletes everything below it by an opaque root, which no layer may");
    }
    if (this.#tree.format === "full") {
      this.#emptyForeign(path);
      return;
    }
    const below = lookUpPath(this.#tree.parents, path);
    if (below?.stat.kind === "directory") {
      const at = this.locate(`${path}/${opaqueName}`);
      // With the dot: the link of /proc itself is not followed.
      setOpaque(procPath(at.parent, "."));
    }
  }

  #emptyForeign(path: string): void {
    const at = this.locate(path);
    if (statIfThere(at.parent, at.name)?.kind !== "directory") {
      return;
    }
    const names = withDirectory(at.parent, at.name, (fd) => readdirSync(fdPath(fd), { encoding: "buffer" }));
    for (const name of names) {
      this.#removeForeign(`${path}/${libc.decodeName(name)}`);
    }
  }

  /** Removes `path` but for what this layer brought beneath it. */
  #removeForeign(path: string): void {
    if (this.#own.has(path)) {
      this.#emptyForeign(path);
      return;
    }
    const at = this.locate(path);
    this.removeTree(at.parent, at.name);
  }

  #remember(path: string): void {
    for (let at = path; at !== "" && !this.#own.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      this.#own.add(at);
    }
  }
}

function setOpaque(path: string): void {
  const result = libc.setXattr(path, opaqueXattr, Buffer.from("y"));
  if (result < 0) {
    throw callError("lsetxattr", result, "marking a directory as opaque");
  }
}
