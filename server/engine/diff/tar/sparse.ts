import { InvalidArgument } from "../../errdefs/errors.ts";
import type { PaxRecords } from "./tar-records.ts";

/** A piece of a sparse file that is stored; what is between them is zero. Bytes. */
export interface SparsePiece {
  offset: number;
  length: number;
}

/** More pieces than any file of sense has; each takes memory. */
const maxPieces = 1 << 20;

/** Reads the map of a sparse file (GNU tar manual, "Storing Sparse Files"): old GNU headers and pax formats 0.0 to 1.0. */
export function oldGnuPieces(block: Buffer, offset: number, count: number): SparsePiece[] {
  const pieces: SparsePiece[] = [];
  for (let index = 0; index < count; index++) {
    const at = offset + index * 24;
    if ((block[at] ?? 0) !== 0) {
      pieces.push({ offset: octalAt(block, at), length: octalAt(block, at + 12) });
    }
  }
  return pieces;
}

/** The map in `GNU.sparse.map` (format 0.1), or undefined. */
export function paxPieces(records: PaxRecords): SparsePiece[] | undefined {
  const map = records.get("GNU.sparse.map");
  return map === undefined ? undefined : pairUp(map.toString("latin1").split(",").map(Number));
}

/**
 * The map at the head of the content (format 1.0): decimal lines, first their count, padded to a block.
 * Undefined while `body` does not hold all of it yet.
 */
export function bodyPieces(body: Buffer): { pieces: SparsePiece[]; consumed: number } | undefined {
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length === 0 || numbers.length < 1 + (numbers[0] ?? 0) * 2) {
    const end = body.indexOf(0x0a, at);
    if (end < 0) {
      return undefined;
    }
    numbers.push(Number(body.toString("latin1", at, end)));
    if ((numbers[0] ?? 0) > maxPieces) {
      throw malformed();
    }
    at = end + 1;
  }
  const consumed = Math.ceil(at / 512) * 512;
  return consumed > body.length ? undefined : { pieces: pairUp(numbers.slice(1)), consumed };
}

/** Checks that the pieces are in order, within `size`, and as long together as what is stored. @throws InvalidArgument */
export function checkPieces(pieces: readonly SparsePiece[], size: number, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const piece of pieces) {
    if (!Number.isSafeInteger(piece.offset) || !Number.isSafeInteger(piece.length)) {
      throw malformed();
    }
    if (piece.offset < end || piece.length < 0 || piece.offset + piece.length > size) {
      throw malformed();
    }
    end = piece.offset + piece.length;
    sum += piece.length;
  }
  if (sum !== stored) {
    throw malformed();
  }
}

function pairUp(numbers: readonly number[]): SparsePiece[] {
  if (numbers.length % 2 !== 0 || numbers.length > maxPieces * 2) {
    throw malformed();
  }
  const pieces: SparsePiece[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    pieces.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return pieces;
}

function octalAt(block: Buffer, at: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    return Number(block.readBigUInt64BE(at + 4));
  }
  return Number.parseInt(
    block
      .toString("latin1", at, at + 12)
      .replaceAll("\0", " ")
      .trim() || "0",
    8,
  );
}

function malformed(): InvalidArgument {
  return new InvalidArgument("not a valid tar archive: the map of a sparse file is malformed");
}
