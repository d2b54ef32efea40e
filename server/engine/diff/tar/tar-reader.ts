import { InvalidArgument } from "../../errdefs/errors.ts";
import { decodeName } from "../../mount/libc.ts";
import { bodyPieces, checkPieces, oldGnuPieces, paxPieces, type SparsePiece } from "./sparse.ts";
import { blockSize, checksumOf, entryTypes, fields, type TarHeader } from "./tar-header.ts";
import {
  parsePax,
  paxNumber,
  type PaxRecords,
  paxTime,
  paxXattrs,
  readBytes,
  readNumber,
  readText,
} from "./tar-records.ts";

/** Takes what a `TarReader` finds: an entry, its content piece by piece (files only), its end. All synchronous. */
export interface TarSink {
  entry(header: TarHeader): void;
  /** `offset`: where in the file the piece goes. The bytes are valid during the call only. */
  data(piece: Buffer, offset: number): void;
  end(): void;
}

/** Sees the archive's own bytes as they pass; `content` of files that are not sparse apart from all else. */
export interface TarTap {
  raw(bytes: Buffer): void;
  /** the content of the file entry before it begins; its bytes do not come to `raw` */
  content(header: TarHeader): void;
}

/** Names, links and attributes of one entry; more is an attack on memory. */
const maxExtension = 1 << 20;

/** Detail of an error: the archive's end is missing. */
export const shortArchive = { kind: "short-archive" };
/** Detail of the error of a header that is none. */
export const wrongHeader = { kind: "wrong-header" };

/**
 * Reads tar archives: ustar, pax (global and per entry), GNU long names, GNU sparse files in all their formats, and
 * what came before POSIX. Push the bytes in pieces of any size with `write`, then call `finish`.
 * @throws InvalidArgument from `write` and `finish` for what is no valid archive
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #tap: TarTap | undefined;
  /** a block, extension or sparse map being gathered */
  #gathered: Buffer = Buffer.alloc(0);
  #state: "header" | "extension" | "sparse-header" | "sparse-map" | "content" | "padding" | "done" = "header";
  #extensionType = "";
  /** bytes left of what the state is about, with its padding for extensions */
  #left = 0;
  #padding = 0;
  #globals: PaxRecords = new Map();
  #locals: PaxRecords = new Map();
  #longName: string | undefined;
  #longLink: string | undefined;
  #header: TarHeader | undefined;
  #pieces: SparsePiece[] | undefined;
  #pieceIndex = 0;
  #offset = 0;
  #sawEntry = false;
  /** bytes behind the block that ends the archive */
  #after = 0;

  constructor(sink: TarSink, tap?: TarTap) {
    this.#sink = sink;
    this.#tap = tap;
  }

  /** True after the end-of-archive mark: what follows is ignored. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** `chunk` is valid during the call only. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at += this.#step(chunk, at);
    }
  }

  /**
   * The archive ended; a missing end mark between entries is tolerated, as by everyone, and so is the last entry's
   * missing padding: the docker CLI leaves both out where it puts a Dockerfile into a context (`docker build -f -`).
   */
  finish(): void {
    if ((this.#state === "header" && this.#gathered.length === 0) || this.#state === "padding") {
      return;
    }
    // A second block of zeros may be missing, but not half of it: dockerd's reader says so, too.
    if (this.#state !== "done" || (this.#after > 0 && this.#after < blockSize)) {
      const what = this.#sawEntry ? "is cut short" : "is too short";
      throw new InvalidArgument(`not a valid tar archive: it ${what}`, { detail: shortArchive });
    }
  }

  /** Consumes some of `chunk` from `at`; returns how much. */
  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case "padding": {
        const length = Math.min(this.#padding, chunk.length - at);
        this.#tap?.raw(chunk.subarray(at, at + length));
        this.#padding -= length;
        if (this.#padding === 0) {
          this.#state = "header";
        }
        return length;
      }
      case "done":
        this.#tap?.raw(chunk.subarray(at));
        this.#after += chunk.length - at;
        return chunk.length - at;
      case "header":
      case "sparse-header":
        return this.#gather(chunk, at, blockSize, (block) => this.#block(block));
      case "extension":
        return this.#gather(chunk, at, this.#left, (body) => this.#extension(body));
      case "sparse-map":
        return this.#gather(chunk, at, nextBlock(this.#gathered.length), (body) => this.#sparseMap(body));
      case "content":
      default:
        return this.#content(chunk, at);
    }
  }

  /** Collects `length` bytes, without copying where they are all in `chunk`, and hands them to `use`. */
  #gather(chunk: Buffer, at: number, length: number, use: (bytes: Buffer) => void): number {
    const taken = Math.min(length - this.#gathered.length, chunk.length - at);
    const piece = chunk.subarray(at, at + taken);
    this.#tap?.raw(piece);
    if (this.#gathered.length + taken < length) {
      this.#gathered = Buffer.concat([this.#gathered, piece]);
      return taken;
    }
    const whole = this.#gathered.length === 0 ? piece : Buffer.concat([this.#gathered, piece]);
    this.#gathered = Buffer.alloc(0);
    use(whole);
    return taken;
  }

  #block(block: Buffer): void {
    if (this.#state === "sparse-header") {
      this.#pieces?.push(...oldGnuPieces(block, 0, 21));
      if (block[504] !== 1) {
        this.#beginContent();
      }
      return;
    }
    if (block[0] === 0 && block.every((byte) => byte === 0)) {
      // One zero block ends it too: a second may be missing, and content never starts with one.
      this.#state = "done";
      return;
    }
    if (readNumber(block, "checksum") !== checksumOf(block)) {
      throw new InvalidArgument("not a valid tar archive: the checksum of a header is wrong", { detail: wrongHeader });
    }
    this.#sawEntry = true;
    const type = String.fromCharCode(block[fields.type[0]] ?? 0);
    if ("xgLK".includes(type)) {
      this.#beginExtension(type, readNumber(block, "size"));
      return;
    }
    this.#beginEntry(block, type);
  }

  #beginExtension(type: string, size: number): void {
    if (size < 0 || size > maxExtension) {
      throw new InvalidArgument(`not a valid tar archive: names or attributes of ${size} bytes are too long`);
    }
    this.#extensionType = type;
    this.#offset = size;
    this.#left = Math.ceil(size / blockSize) * blockSize;
    this.#state = this.#left === 0 ? "header" : "extension";
  }

  #extension(padded: Buffer): void {
    const body = padded.subarray(0, this.#offset);
    this.#state = "header";
    const text = () => decodeName(body.subarray(0, body.includes(0) ? body.indexOf(0) : body.length));
    if (this.#extensionType === "L") {
      this.#longName = text();
    } else if (this.#extensionType === "K") {
      this.#longLink = text();
    } else if (this.#extensionType === "g") {
      this.#globals = new Map([...this.#globals, ...parsePax(body)]);
    } else {
      this.#locals = parsePax(body);
    }
  }

  #beginEntry(block: Buffer, typeFlag: string): void {
    const pax: PaxRecords = this.#globals.size === 0 ? this.#locals : new Map([...this.#globals, ...this.#locals]);
    const stored = paxNumber(pax, "size") ?? readNumber(block, "size");
    if (stored < 0) {
      throw new InvalidArgument("not a valid tar archive: an entry has a negative size");
    }
    this.#header = this.#makeHeader(block, typeFlag, pax, stored);
    this.#locals = new Map();
    this.#longName = undefined;
    this.#longLink = undefined;
    const known = entryTypes[typeFlag] !== undefined;
    const hasContent = this.#header.type === "file" || !known;
    this.#left = hasContent ? stored : 0;
    this.#padding = (blockSize - (this.#left % blockSize)) % blockSize;
    this.#offset = 0;
    this.#pieceIndex = 0;
    this.#pieces = undefined;
    if (!known) {
      // A kind of entry nobody knows: its content is passed over, as POSIX recommends for vendor types.
      this.#header = undefined;
    } else if (typeFlag === "S") {
      this.#pieces = oldGnuPieces(block, 386, 4);
      if (block[482] === 1) {
        this.#state = "sparse-header";
        return;
      }
    } else if (pax.has("GNU.sparse.major")) {
      this.#state = "sparse-map";
      return;
    } else {
      this.#pieces = paxPieces(pax);
    }
    this.#beginContent();
  }

  #makeHeader(block: Buffer, typeFlag: string, pax: PaxRecords, stored: number): TarHeader {
    const posix = block.toString("latin1", fields.magic[0], fields.magic[0] + 6) === "ustar\0";
    const prefix = posix ? readBytes(block, "prefix") : Buffer.alloc(0);
    const shortName = readBytes(block, "name");
    const name =
      textOf(pax, "GNU.sparse.name") ??
      textOf(pax, "path") ??
      this.#longName ??
      decodeName(prefix.length === 0 ? shortName : Buffer.concat([prefix, Buffer.from("/"), shortName]));
    let type = entryTypes[typeFlag] ?? "file";
    if (type === "file" && name.endsWith("/") && stored === 0) {
      // Before POSIX a directory was told by its slash alone.
      type = "directory";
    }
    const sparseSize = paxNumber(pax, "GNU.sparse.realsize") ?? paxNumber(pax, "GNU.sparse.size");
    const realSize = typeFlag === "S" ? Number.parseInt(block.toString("latin1", 483, 494), 8) || 0 : sparseSize;
    return {
      name: withoutSlashes(name),
      type,
      mode: readNumber(block, "mode") & 0o7777,
      uid: paxNumber(pax, "uid") ?? readNumber(block, "uid"),
      gid: paxNumber(pax, "gid") ?? readNumber(block, "gid"),
      size: type === "file" ? (realSize ?? stored) : 0,
      mtimeNs: paxTime(pax, "mtime") ?? BigInt(readNumber(block, "mtime")) * 1_000_000_000n,
      linkName: textOf(pax, "linkpath") ?? this.#longLink ?? readText(block, "linkName"),
      deviceMajor: type === "block" || type === "character" ? readNumber(block, "deviceMajor") : 0,
      deviceMinor: type === "block" || type === "character" ? readNumber(block, "deviceMinor") : 0,
      xattrs: paxXattrs(pax),
    };
  }

  #sparseMap(body: Buffer): void {
    const map = bodyPieces(body);
    if (map === undefined) {
      if (body.length >= this.#left) {
        throw new InvalidArgument("not a valid tar archive: the map of a sparse file is malformed");
      }
      // One block more than was gathered so far is asked for next time.
      this.#gathered = Buffer.from(body);
      return;
    }
    this.#pieces = map.pieces;
    this.#left -= map.consumed;
    this.#beginContent();
  }

  #beginContent(): void {
    const header = this.#header;
    if (header !== undefined) {
      if (this.#pieces !== undefined) {
        checkPieces(this.#pieces, header.size, this.#left);
      }
      this.#sink.entry(header);
      if (header.type === "file" && this.#pieces === undefined && this.#left > 0) {
        this.#tap?.content(header);
      }
    }
    this.#state = "content";
    if (this.#left === 0) {
      this.#endContent();
    }
  }

  #content(chunk: Buffer, at: number): number {
    let length = Math.min(this.#left, chunk.length - at);
    let target = this.#offset;
    const piece = this.#pieces?.[this.#pieceIndex];
    if (piece !== undefined) {
      if (this.#offset < piece.length) {
        length = Math.min(length, piece.length - this.#offset);
        target = piece.offset + this.#offset;
      } else {
        this.#pieceIndex++;
        this.#offset = 0;
        return 0;
      }
    }
    const bytes = chunk.subarray(at, at + length);
    if (this.#header === undefined || this.#pieces !== undefined) {
      this.#tap?.raw(bytes);
    }
    if (this.#header !== undefined) {
      this.#sink.data(bytes, target);
    }
    this.#offset += length;
    this.#left -= length;
    if (this.#left === 0) {
      this.#endContent();
    }
    return length;
  }

  #endContent(): void {
    if (this.#header !== undefined) {
      this.#sink.end();
    }
    this.#header = undefined;
    this.#state = this.#padding > 0 ? "padding" : "header";
  }
}

function nextBlock(length: number): number {
  return (Math.floor(length / blockSize) + 1) * blockSize;
}

function withoutSlashes(name: string): string {
  let end = name.length;
  while (end > 1 && name[end - 1] === "/") {
    end--;
  }
  return name.slice(0, end);
}

function textOf(pax: PaxRecords, keyword: string): string | undefined {
  const value = pax.get(keyword);
  return value === undefined || value.length === 0 ? undefined : decodeName(value);
}
