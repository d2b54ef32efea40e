import { createHash } from "node:crypto";
import { Pace } from "../../diff/pace.ts";
import { digestOf } from "../../oci/digest.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { ContentDigest } from "../solver/types.ts";
import { throwIfAborted } from "../solver/semaphore.ts";
import type { Entry, Selected } from "./entries.ts";
import type { FileDigests } from "./file-digests.ts";
import type { FileTree } from "./file-tree.ts";

/** Paths kept for explanations; beyond that only the digest counts. */
const explainedFiles = 30_000;
/** Lines are digested some at a time: each call costs more than a line does. */
const gatheredLength = 16_384;

interface Digesting {
  digests: FileDigests;
  signal: AbortSignal;
}

/**
 * Digests a selection: names, kinds, modes, contents and link targets; owners only where they are kept (layers).
 * Times never count.
 */
export async function digestSelection(
  tree: FileTree,
  selected: readonly Selected[],
  {
    digests,
    contents,
    signal,
  }: Digesting & {
    /** of a directory what is in it is taken, not the directory: its own mode and owner do not count */
    contents: boolean;
  },
): Promise<ContentDigest> {
  using root = new SafeRoot(tree.root);
  const pace = new Pace();
  const hash = createHash("sha256");
  // A file may have any name.
  const files = Object.create(null) as Record<string, string>;
  let explained = 0;
  let gathered = "";
  for (const { name, parents, ancestors, kind, entries } of selected) {
    gathered += JSON.stringify([name, parents, kind, entries.length]);
    for (const entry of [...ancestors, ...entries]) {
      if (pace.due) await pace.rest();
      throwIfAborted(signal);
      const isTop = contents && kind === "directory" && entry.path === "";
      const known = tree.layer ? undefined : digests.known(entry);
      const isRead = known === undefined && entry.stat.kind === "file";
      const content = isRead
        ? await digests.digest(root, entry, !tree.layer, signal)
        : (known?.digest ?? contentOf(entry));
      const line = isTop ? kind : entryLine(entry, content, tree);
      gathered += `${JSON.stringify(entry.path)} ${line}\n`;
      if (gathered.length > gatheredLength) {
        hash.update(gathered);
        gathered = "";
      }
      if (++explained > explainedFiles) continue;
      const { mode } = entry.stat;
      const again = known?.explained?.mode === mode ? known.explained : { mode, digest: explainedDigest(line) };
      if (known !== undefined) known.explained = again;
      files[entry.source] = again.digest;
    }
  }
  hash.update(gathered);
  digests.save();
  return { digest: digestOf(hash.digest()), files };
}

/** What there is of anything but a regular file. */
function contentOf({ stat: { kind, rdev }, link }: Entry): string {
  return kind === "symlink" ? JSON.stringify(link) : kind === "directory" ? "" : String(rdev);
}

function entryLine({ stat }: Entry, content: string, tree: FileTree): string {
  const owner = tree.layer ? `${stat.uid}:${stat.gid}` : "";
  const mode = stat.kind === "symlink" ? "" : stat.mode.toString(8);
  return `${stat.kind} ${mode} ${owner} ${content}`;
}

function explainedDigest(line: string): string {
  return digestOf(line).slice(7, 23);
}

/** What explanations know a regular file by, its content as sha256. `owner`: empty for files of a context. */
export function explainedFile(mode: number, owner: string, content: string): string {
  return explainedDigest(`file ${mode.toString(8)} ${owner} ${content}`);
}
