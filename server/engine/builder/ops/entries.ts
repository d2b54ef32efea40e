import type { SafeStat } from "../../mount/safe-stat.ts";

/** One file of a selection, in the order it is written: a directory before what is in it. */
export interface Entry {
  /** path in the tree it comes from, without a leading `/` */
  source: string;
  /** path below the top of its selection; empty for the top itself */
  path: string;
  stat: SafeStat;
  /** of a symbolic link */
  link: string | undefined;
}

/** What one source path of COPY stands for; a pattern may stand for several. */
export interface Selected {
  /** the number of its source, from 0 */
  source: number;
  /** name that a file or directory gets below the destination */
  name: string;
  /** below the destination with --parents; empty otherwise */
  parents: string;
  /** the directories that `parents` names, as they are in the tree */
  ancestors: Entry[];
  kind: "file" | "directory";
  entries: Entry[];
}
