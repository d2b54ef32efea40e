import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { TarReader } from "../../../server/engine/diff/tar/tar-reader.ts";
import type { TarHeader } from "../../../server/engine/diff/tar/tar-header.ts";
import { run } from "../../suites/run.ts";

/** One line per path: kind, mode, owner, size, digest or target, device, attributes, time if it is an old one. */
export type FileTree = Map<string, string>;

export interface SavedImage {
  config: Record<string, unknown>;
  history: { created_by?: string; empty_layer?: boolean }[];
  /** what a container sees */
  tree: FileTree;
  /** the lowest first */
  layers: FileTree[];
}

/** The image that this one was built on: the first `count` of its layers, the last of which is its last step. */
export function baseOf({ config, history, layers }: SavedImage, count: number): SavedImage {
  let full = 0;
  const top = history.findIndex((step) => step.empty_layer !== true && ++full === count);
  const own = layers.slice(0, count);
  return { config, history: history.slice(0, top + 1), tree: merged(own), layers: own };
}

interface Manifest {
  Config: string;
  Layers: string[];
}

/**
 * Reads what `docker save` of one image wrote.
 * @param newSince ms: times after it say nothing, and are left out
 */
export async function readSaved(archive: string, directory: string, newSince: number): Promise<SavedImage> {
  const { status, stderr } = await run("tar", ["-xf", archive, "-C", directory]);
  if (status !== 0) {
    throw new Error(stderr);
  }
  const [manifest] = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8")) as [Manifest];
  const { config, history } = JSON.parse(readFileSync(join(directory, manifest.Config), "utf8")) as SavedImage;
  const layers = manifest.Layers.map((name) => readLayer(readFileSync(join(directory, name)), newSince));
  return { config, history, tree: merged(layers), layers };
}

/** The entries of a layer's archive. */
export function readLayer(archive: Buffer, newSince: number): FileTree {
  const tree: FileTree = new Map();
  const inodes = new Map<string, string>();
  let header: TarHeader | undefined;
  let hash = createHash("sha256");
  const reader = new TarReader({
    entry(next) {
      header = next;
      hash = createHash("sha256");
    },
    data(piece) {
      hash.update(piece);
    },
    end() {
      if (header === undefined) {
        return;
      }
      const name = posix.normalize(`/${header.name}`).replace(/(.)\/$/, "$1");
      const line =
        header.type === "link"
          ? (inodes.get(posix.normalize(`/${header.linkName}`)) ?? "?")
          : lineOf(header, hash.digest("hex"), newSince);
      inodes.set(name, line);
      tree.set(name, header.type === "link" ? `${line} =${posix.normalize(`/${header.linkName}`)}` : line);
    },
  });
  reader.write(archive);
  reader.finish();
  return tree;
}

/** Only busybox is: what is in it is the machine's. Bytes. */
const largeFile = 500_000;

function lineOf(header: TarHeader, digest: string, newSince: number): string {
  const { type, mode, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = header;
  // builders differ in the times of directories, which writing into them changes
  const time = type === "directory" ? "any" : mtimeNs >= BigInt(newSince) * 1_000_000n ? "new" : String(mtimeNs);
  const about =
    type === "file"
      ? size > largeFile
        ? "large"
        : `${size} ${size === 0 ? "" : digest.slice(0, 12)}`
      : type === "symlink"
        ? `-> ${linkName}`
        : type === "block" || type === "character"
          ? `${deviceMajor}:${deviceMinor}`
          : "";
  const attributes = [...xattrs]
    .map(([name, value]) => `${name}=${value.toString("hex")}`)
    .toSorted()
    .join(",");
  const modeText = type === "symlink" ? "" : mode.toString(8);
  return [type, modeText, `${uid}:${gid}`, about, `t=${time}`, attributes].filter((part) => part !== "").join(" ");
}

/** What a stack of layers shows (image-spec layer.md, Whiteouts). */
export function merged(layers: readonly FileTree[]): FileTree {
  const tree: FileTree = new Map();
  for (const layer of layers) {
    const before = new Set(tree.keys());
    for (const [name, line] of layer) {
      const base = posix.basename(name);
      const directory = posix.dirname(name);
      if (base === ".wh..wh..opq") {
        removeBelow(tree, before, directory, false);
      } else if (base.startsWith(".wh.")) {
        removeBelow(tree, before, posix.join(directory, base.slice(4)), true);
      } else {
        if (!line.startsWith("directory")) {
          removeBelow(tree, before, name, true);
        }
        tree.set(name, line.replace(/ =.*/, ""));
      }
    }
  }
  tree.delete("/");
  return tree;
}

function removeBelow(tree: FileTree, names: ReadonlySet<string>, directory: string, itself: boolean): void {
  for (const name of names) {
    if (name.startsWith(`${directory}/`) || (itself && name === directory)) {
      tree.delete(name);
    }
  }
}

/** `path line` of what a tree has otherwise than its base; `path -` of what is gone. */
export function changesOn(base: FileTree, tree: FileTree): string[] {
  return [...new Set([...base.keys(), ...tree.keys()])]
    .toSorted()
    .filter((name) => base.get(name) !== tree.get(name))
    .map((name) => `${name} ${tree.get(name) ?? "-"}`);
}

/** How the steps after those of the base were made. */
export function historyOn(base: SavedImage["history"], history: SavedImage["history"]): string[] {
  const lines = (steps: SavedImage["history"]): string[] => steps.map((step) => step.created_by ?? "");
  const own = lines(history);
  return lines(base).every((line, index) => own[index] === line) ? own.slice(base.length) : own;
}

/** What a configuration says: builders differ in how they write what is not there. */
export function configOf(config: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value === null || value === undefined || value === false || value === "" || JSON.stringify(value) === "[]";
  return Object.fromEntries(
    Object.entries(config)
      .filter(([name, value]) => !isEmpty(value) && !["Image", "ArgsEscaped"].includes(name))
      .map(([name, value]): [string, unknown] => [name, sorted(value)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
