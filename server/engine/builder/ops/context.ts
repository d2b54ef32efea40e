import type { CacheMap, Op } from "../solver/types.ts";
import type { FileTree } from "./file-tree.ts";
import type { BuildResult } from "./result.ts";

/** The build context: never cached itself, what is copied from it is known by its content. */
export class ContextOp implements Op<BuildResult> {
  readonly #tree: FileTree;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    return { key: undefined, facts: {} };
  }

  async exec(): Promise<BuildResult> {
    return { kind: "tree", tree: this.#tree };
  }
}
