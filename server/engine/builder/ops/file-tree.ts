import type { IgnoreRules } from "../dockerignore.ts";

/** A directory that files are copied from. */
export interface FileTree {
  /** absolute, on the host; others may change it at any time unless `layer` */
  root: string;
  /** a mounted layer: nobody changes it; owners and extended attributes are kept. Else files belong to root. */
  layer: boolean;
  /** for messages: `the build context`, `stage build` */
  description: string;
  ignore: IgnoreRules | undefined;
}
