/**
 * What is in an image, layer by layer. `name` is any name or id of an image that is here; `layer` counts from 0 (the
 * lowest) and is the topmost one if it is not given. On the page's side the routes are `/api/w/{id}/images/…`.
 *
 * | route | answer |
 * |---|---|
 * | GET /drydock/v1/images/layers?name=                                     | → ImageLayers |
 * | GET /drydock/v1/images/tree?name=&layer=&since=&path=&changes=          | → DirectoryListing |
 * | GET /drydock/v1/images/find?name=&layer=&since=&changes=&text=          | → FoundFiles |
 * | GET /drydock/v1/images/file?name=&layer=&since=&path=                   | → the file's first bytes (`shownFileBytes`), `X-Drydock-Size` |
 * | GET /drydock/v1/images/comparison?before=&beforeLayer=&after=&afterLayer= | → ImageComparison |
 *
 * The tree is that of the file system as it is with `layer` on top. Marked is what the layers from `since` (default:
 * `layer` alone) did to those below; what they deleted is still shown. With `changes=1` only that is.
 */
import { z } from "zod";
import type { HandMade } from "./build-events.ts";

/** Bytes of a file that are shown. */
export const shownFileBytes = 1024 * 1024;
/** Entries of one directory in an answer. */
export const shownEntries = 50_000;
/** Files that a search answers. */
export const foundEntries = 500;
/** Files of each kind that a comparison names. */
export const comparedEntries = 2000;

const imageName = z.string().min(1).max(255);
const layer = z.coerce.number().int().min(0).max(1000).exactOptional();
const place = { name: imageName, layer, since: layer, changes: z.enum(["0", "1"]).exactOptional() };
const path = z.string().max(4096);

export const layersQuery = z.object({ name: imageName });
export const treeQuery = z.object({ ...place, path: path.exactOptional() });
export const findQuery = z.object({ ...place, text: z.string().min(1).max(256) });
export const fileQuery = z.object({ ...place, path: path.min(1) });
export const comparisonQuery = z.object({
  before: imageName,
  beforeLayer: layer,
  after: imageName,
  afterLayer: layer,
});

export type TreePlace = Omit<z.infer<typeof treeQuery>, "path">;
export type ComparisonSides = z.infer<typeof comparisonQuery>;

export interface ImageLayers {
  id: string;
  names: string[];
  /** bytes of all layers */
  size: number;
  layers: LayerSummary[];
  /** what instructions did that made no layer, and where: before the layer of that number */
  others: { instruction: string; before: number }[];
  waste: Waste;
  /** the build that made it, if that is on record */
  build?: string;
}

export interface LayerSummary extends FileCounts {
  /** from 0, the lowest */
  index: number;
  /** as the image's history has it; with `byHand` that of `step` */
  instruction: string;
  /** of the build's step that made it; undefined for layers of the base */
  step?: string;
  /** no instruction has made it: it was done to what `step` had made */
  byHand?: HandMade;
  /** bytes of files */
  size: number;
}

/** What a layer does to the files below it; directories are none: each on the way to a file would be a change. */
export interface FileCounts {
  added: number;
  changed: number;
  deleted: number;
}

/** What is in the layers and cannot be seen in the image any more. */
export interface Waste {
  bytes: number;
  /** bytes of all files of all layers */
  of: number;
  /** the largest first */
  files: WastedFile[];
  /** how many more there are */
  omitted: number;
}

export interface WastedFile {
  path: string;
  bytes: number;
  /** the layer that holds it, and the one that hides it */
  layer: number;
  by: number;
  how: "overwritten" | "deleted";
}

export type FileChangeKind = "added" | "changed" | "deleted";

export interface TreeEntry {
  name: string;
  kind: "file" | "directory" | "symlink" | "other";
  /** bytes that it adds: of a directory, of all beneath it that is there; none of a hard link to a file before it */
  size: number;
  /** of a directory: files beneath it that are there */
  files?: number;
  /** the layer it comes from */
  layer: number;
  change?: FileChangeKind;
  /** of a directory: something beneath it is marked */
  changesBeneath?: true;
  /** `rwxr-xr-x`, with setuid, setgid and sticky as ls has them */
  mode: string;
  uid: number;
  gid: number;
  /** of a symlink, as written */
  target?: string;
  /** of a hard link: the path whose bytes it shares */
  sameAs?: string;
}

export interface DirectoryListing {
  /** absolute */
  path: string;
  /** bytes of all beneath it */
  size: number;
  /** directories first, by name */
  entries: TreeEntry[];
  omitted: number;
}

export interface FoundFiles {
  entries: (TreeEntry & { path: string })[];
  omitted: number;
}

export interface ImageComparison {
  before: ComparedSide;
  after: ComparedSide;
  /** what of the configuration differs, each as text */
  config: { name: string; before?: string; after?: string }[];
  /** the instructions of both, in order */
  instructions: { text: string; in: "both" | "before" | "after" }[];
  files: {
    added: ComparedFiles;
    removed: ComparedFiles;
    changed: ComparedFiles;
    same: number;
    /** of so many files of equal size the times alone were compared: there were too many bytes */
    unread: number;
  };
}

export interface ComparedSide {
  id: string;
  names: string[];
  layer: number;
  layers: number;
  /** bytes of its layers together, as of the image */
  size: number;
}

export interface ComparedFiles {
  count: number;
  /** the first `comparedEntries`, by path */
  files: {
    path: string;
    kind: TreeEntry["kind"];
    /** bytes; 0 of a further name of a file (`sameAs`) */
    before?: number;
    after?: number;
    /** of a hard link that one image alone has: the path whose bytes it shares */
    sameAs?: string;
    what?: ("content" | "mode" | "owner" | "kind" | "target")[];
  }[];
}
