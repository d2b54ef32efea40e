import {
  type DirectoryListing,
  foundEntries,
  type FoundFiles,
  shownEntries,
  type TreeEntry,
} from "../../../contract/image-files.ts";
import { InvalidArgument, NotFound } from "../../errdefs/errors.ts";
import { Pace } from "../../diff/pace.ts";
import type { ImageTree, TreeNode } from "./image-tree.ts";

/** One directory, directories in it first. @throws NotFound, InvalidArgument */
export function listDirectory(tree: ImageTree, path: string, changesOnly: boolean): DirectoryListing {
  const node = tree.find(path);
  if (node === undefined) {
    throw new NotFound(`${path}: there is no such file in these layers`);
  }
  if (node.children === undefined) {
    throw new InvalidArgument(`${path} is no directory`);
  }
  const all = [...node.children.values()].filter(({ marked }) => marked || !changesOnly).toSorted(byKindAndName);
  return {
    path: `/${path.split("/").filter(Boolean).join("/")}`,
    size: node.size,
    entries: all.slice(0, shownEntries).map(entryOf),
    omitted: Math.max(0, all.length - shownEntries),
  };
}

/** Files whose path has the text in it, whatever its case. */
export async function findFiles(tree: ImageTree, text: string, changesOnly: boolean): Promise<FoundFiles> {
  const wanted = text.toLowerCase();
  const pace = new Pace();
  const found: FoundFiles = { entries: [], omitted: 0 };
  const visit = async (node: TreeNode, path: string): Promise<void> => {
    if (pace.due) await pace.rest();
    for (const child of [...(node.children?.values() ?? [])].toSorted(byKindAndName)) {
      if (changesOnly && !child.marked) continue;
      const childPath = `${path}/${child.name}`;
      if (childPath.toLowerCase().includes(wanted)) {
        if (found.entries.length < foundEntries) found.entries.push({ ...entryOf(child), path: childPath });
        else found.omitted++;
      }
      if (child.children !== undefined) await visit(child, childPath);
    }
  };
  await visit(tree.root, "");
  return found;
}

function byKindAndName(a: TreeNode, b: TreeNode): number {
  const order = Number(a.children === undefined) - Number(b.children === undefined);
  return order !== 0 ? order : a.name < b.name ? -1 : 1;
}

export function kindOf({ file: { kind } }: Pick<TreeNode, "file">): TreeEntry["kind"] {
  return kind === "file" || kind === "directory" || kind === "symlink" ? kind : "other";
}

function entryOf(node: TreeNode): TreeEntry {
  const { name, file, layer, change, children, size, files, marked } = node;
  return {
    name,
    kind: kindOf(node),
    size,
    layer,
    mode: modeText(file.mode),
    uid: file.uid,
    gid: file.gid,
    ...(children === undefined ? {} : { files }),
    ...(change === undefined ? {} : { change }),
    ...(children !== undefined && marked && change !== "deleted" && change !== "added" ? { changesBeneath: true } : {}),
    ...(file.target === undefined ? {} : { target: file.target }),
    ...(file.sameAs === undefined ? {} : { sameAs: file.sameAs }),
  };
}

/** As ls(1) writes it, without the kind. */
export function modeText(mode: number): string {
  const letters = "rwxrwxrwx".split("").map((letter, index) => ((mode & (0o400 >> index)) === 0 ? "-" : letter));
  const special: [number, number, string][] = [
    [0o4000, 2, "s"],
    [0o2000, 5, "s"],
    [0o1000, 8, "t"],
  ];
  for (const [bit, at, letter] of special) {
    if ((mode & bit) !== 0) letters[at] = letters[at] === "x" ? letter : letter.toUpperCase();
  }
  return letters.join("");
}
