import { type Dirent, opendirSync } from "node:fs";
import { decodeName } from "./libc.ts";
import { fdPath, type FileKind, lstatAt } from "./safe-stat.ts";

export interface DirectoryEntry {
  name: string;
  kind: FileKind;
}

/** A name in a directory, and what it is as far as the directory tells. */
interface Named {
  name: string;
  kind: FileKind | undefined;
}

/** So many names are read and sorted at a time: about a millisecond's work. */
const pieceLength = 1_000;

/**
 * The names in an open directory, in the order of their UTF-16 code units. Anybody may fill a directory with hundreds of
 * thousands of them: they are read in pieces, with a pause offered after each (undefined is yielded), and put in order
 * while they are taken.
 */
export function* sortedNames(fd: number): Generator<undefined, Iterator<Named>> {
  const pieces: Named[][] = [];
  for (const piece of piecesOf(fdPath(fd))) {
    pieces.push(piece.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    if (piece.length === pieceLength) yield undefined;
  }
  return merged(pieces);
}

/** The names in an open directory in no order, read in pieces too. */
export function namesIn(fd: number): Generator<undefined, Set<string>> {
  return namesOf(fdPath(fd));
}

/** The same of the directory at `path`. */
export function* namesOf(path: string | Buffer): Generator<undefined, Set<string>> {
  const names = new Set<string>();
  for (const piece of piecesOf(path)) {
    for (const { name } of piece) names.add(name);
    if (piece.length === pieceLength) yield undefined;
  }
  return names;
}

/** The entries of an open directory, sorted by name, read in pieces like its names. */
export function* entriesOf(fd: number): Generator<undefined, DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const names = yield* sortedNames(fd);
  for (let next = names.next(); next.done !== true; next = names.next()) {
    const { name, kind } = next.value;
    entries.push({ name, kind: kind ?? lstatAt(fd, name).kind });
    if (entries.length % pieceLength === 0) yield undefined;
  }
  return entries;
}

function* piecesOf(path: string | Buffer): Generator<Named[]> {
  // Its types do not know of bytes, which names are where they are no text.
  const encoding = "buffer" as BufferEncoding;
  const directory = opendirSync(path, { encoding, bufferSize: pieceLength });
  try {
    let piece: Named[] = [];
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      piece.push({ name: decodeName(entry.name as unknown as Buffer), kind: kindOf(entry) });
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = [];
    }
    if (piece.length > 0) yield piece;
  } finally {
    directory.closeSync();
  }
}

function kindOf(entry: Dirent): FileKind | undefined {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : undefined;
}

/** All of these, each sorted, in order. */
function* merged(pieces: readonly (readonly Named[])[]): Generator<Named, void> {
  const [first = [], ...others] = pieces;
  if (others.length === 0) {
    yield* first;
    return;
  }
  const half = Math.floor(pieces.length / 2);
  const [left, right] = [merged(pieces.slice(0, half)), merged(pieces.slice(half))];
  let [a, b] = [left.next(), right.next()];
  while (a.done !== true && b.done !== true) {
    if (a.value.name <= b.value.name) {
      yield a.value;
      a = left.next();
    } else {
      yield b.value;
      b = right.next();
    }
  }
  for (; a.done !== true; a = left.next()) yield a.value;
  for (; b.done !== true; b = right.next()) yield b.value;
}
