import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { CommandError } from "../command-error.ts";

/** One directory of an archive: what is in `directory` is in the archive beneath `prefix`. */
export interface Part {
  prefix: string;
  directory: string;
  /** patterns of tar(1), anchored, with `./` */
  exclude?: readonly string[];
}

/**
 * Owners by number, extended attributes (overlayfs' marks and capabilities are such), holes and hard links are kept.
 * Files that change or go while they are read are no mistake: it all runs.
 */
const keeping = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--sparse"];

/**
 * Writes the parts, one after the other, as one tar compressed with zstd. A part is read when those before it are
 * written, and `before` it is called then.
 * @returns what tar said of files that it could not read
 */
export async function writeArchive(
  file: string,
  parts: readonly (Part & { before?: () => void })[],
): Promise<string[]> {
  const unread: string[] = [];
  await pipeline(
    async function* () {
      for (const part of parts) {
        part.before?.();
        unread.push(...(yield* tarOf(part)));
      }
    },
    createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 } }),
    createWriteStream(file, { flags: "wx", mode: 0o600, flush: true }),
  );
  return unread;
}

async function* tarOf({ prefix, directory, exclude = [] }: Part): AsyncGenerator<Buffer, string[]> {
  const args = [
    "--create",
    ...keeping,
    "--one-file-system",
    "--warning=no-file-changed",
    "--warning=no-file-removed",
    "--warning=no-file-ignored",
    "--anchored",
    // What has such a name further down is a learner's.
    "--no-wildcards-match-slash",
    // A learner may exchange files for links all the time: one of which nothing can be read is no reason to keep nothing.
    "--ignore-failed-read",
    ...exclude.map((pattern) => `--exclude=${pattern}`),
    `--transform=flags=rh;s,^\\.,${prefix},`,
    "-C",
    directory,
    ".",
  ];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "pipe"] });
  const end = ended(tar, [0, 1], `archiving ${directory}`);
  end.catch(() => {}); // it is told when it is waited for, below
  yield* tar.stdout as AsyncIterable<Buffer>;
  return await end;
}

/** Unpacks what is beneath `prefix` into `directory`. */
export async function readArchive(file: string, prefix: string, directory: string): Promise<void> {
  const args = [
    "--extract",
    ...keeping,
    "--same-permissions",
    "--same-owner",
    "--ignore-zeros",
    "--strip-components=1",
  ];
  const tar = spawn("tar", [...args, "-C", directory, prefix], { stdio: ["pipe", "ignore", "pipe"] });
  await Promise.all([decompressed(file, tar), ended(tar, [0], `unpacking ${file}`)]);
}

/** One small file of it, which is near its beginning. @throws CommandError if it is none of ours */
export async function readMember(file: string, name: string): Promise<string> {
  const tar = spawn("tar", ["--extract", "--to-stdout", "--occurrence=1", name], { stdio: ["pipe", "pipe", "pipe"] });
  const text = tar.stdout.setEncoding("utf8").toArray() as Promise<string[]>;
  const none = (): never => {
    throw new CommandError(noBackup(file));
  };
  await Promise.all([decompressed(file, tar), ended(tar, [0], "").catch(none)]);
  return (await text).join("");
}

async function decompressed(file: string, tar: ChildProcess & { stdin: NodeJS.WritableStream }): Promise<void> {
  const source: Readable = createReadStream(file);
  try {
    await pipeline(source, createZstdDecompress(), tar.stdin);
  } catch (error) {
    // tar has what it wants, or has said why not: which of these it is depends on when it ended.
    if (!["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      tar.kill();
      throw new CommandError(whyUnread(file, error as NodeJS.ErrnoException));
    }
  }
}

export function noBackup(file: string): string {
  return `${file} is no backup of Drydock: give a file that 'sudo ./drydock backup' wrote`;
}

function whyUnread(file: string, { code = "", message }: NodeJS.ErrnoException): string {
  if (code === "ZSTD_error_prefix_unknown") return noBackup(file);
  // Of the compression, not of the file system: it began as a backup does.
  if (/^(?:Z_|ZSTD_)/.test(code)) {
    return `${file} is damaged, or cut short: copy it again from where the backup was made, and compare the sizes`;
  }
  return `${file} cannot be read: ${message}`;
}

/** @returns the last of what it said */
async function ended(tar: ChildProcess, good: readonly number[], what: string): Promise<string[]> {
  let complaint = "";
  tar.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(-2_000)));
  const [code] = (await once(tar, "close")) as [number | null];
  if (code === null || !good.includes(code)) throw new CommandError(`${what}: ${complaint.trim() || `tar: ${code}`}`);
  return complaint.split("\n").filter((line) => line !== "");
}
