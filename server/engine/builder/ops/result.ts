import type { LayerID } from "../../layers/layer-store.ts";
import type { FileTree } from "./file-tree.ts";

/** A file system: the top layer of a stack, undefined for an empty one. */
export interface LayerResult {
  kind: "layer";
  layer: LayerID | undefined;
  /** of files' contents that the step added to the layers below, as `docker history` counts; 0 for what was there before */
  bytes: number;
}

/** Files that are not a layer: the build context. Lives as long as its build. */
export interface TreeResult {
  kind: "tree";
  tree: FileTree;
}

/** What the builder's operations make and take. */
export type BuildResult = LayerResult | TreeResult;
