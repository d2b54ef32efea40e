import * as http from "node:http";

/** Paths whose connections can be taken over. Everything else answers as if no upgrade had been asked for. */
const upgradable = /^(?:\/v[\d.]+)?\/(?:containers\/[^?]+\/attach(?:\/ws)?|exec\/[^/]+\/start|session)(?:\?|$)/;

/** Those of them that dockerd gives away without being asked for an upgrade: 200, and from there on a raw stream. */
const givenAway = /^(?:\/v[\d.]+)?\/(?:containers\/[^?]+\/attach|exec\/[^/]+\/start)(?:\?|$)/;

/** One that becomes HTTP/2 for whoever sends `Upgrade`, with a `Connection` that names it or without, as with dockerd. */
const session = /^(?:\/v[\d.]+)?\/session(?:\?|$)/;

/** Bytes of a piece of a body that is kept as it came. */
const smallPiece = 1_024;
/** So many are put together at once. */
const mostPieces = 1_024;
/** Pieces put together that wait to be read. */
const mostUnread = 64;

export function canBeTakenOver(request: http.IncomingMessage): boolean {
  return upgradable.test(request.url ?? "");
}

/**
 * A request whose connection stops being HTTP after its headers also when the client sends no `Upgrade` (docker-py and
 * other old SDKs do not): what comes behind its body is the program's input, and node's parser must not take it for the
 * next request. node asks `upgrade` of each message and, where it is true, leaves the connection to the "upgrade" event.
 * Chunked bodies stay with node: their chunks are the input.
 */
export class Request extends http.IncomingMessage {
  declare asked: boolean | null;
  /** of the body, as they came in one turn of the loop */
  #pieces: Buffer[] = [];
  /** their bytes */
  #waiting = 0;
  #unread = 0;

  /**
   * By node, for each chunk of a chunked body, however small: an object for each would take a hundred times its length. Those
   * that come together go on together, and of those that come one by one few wait to be read.
   */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk === null || chunk.length >= smallPiece) {
      this.#pass();
      return super.push(chunk, encoding);
    }
    if (this.#pieces.length === 0) setImmediate(() => this.#pass());
    this.#pieces.push(chunk);
    this.#waiting += chunk.length;
    // The turn may have others' to read, too.
    if (this.#pieces.length >= mostPieces) this.#pass();
    return this.#unread < mostUnread && this.readableLength + this.#waiting < this.readableHighWaterMark;
  }

  override _read(size: number): void {
    this.#unread = 0;
    super._read(size);
  }

  #pass(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0 || this.destroyed) return;
    this.#pieces = [];
    this.#waiting = 0;
    this.#unread++;
    super.push(Buffer.concat(pieces));
  }

  get upgrade(): boolean {
    return this.asked === true || this.#isGivenAway() || this.#isSession();
  }

  /** By node: at first null, then what the headers ask for, then what it does about it. */
  set upgrade(asked: boolean | null) {
    this.asked = asked;
  }

  #isGivenAway(): boolean {
    return this.method === "POST" && givenAway.test(this.url ?? "") && this.headers["transfer-encoding"] === undefined;
  }

  #isSession(): boolean {
    return this.method === "POST" && session.test(this.url ?? "") && this.headers.upgrade !== undefined;
  }
}

/** Whether another request may follow on the connection (RFC 9112, section 9.3). */
export function staysOpen(request: http.IncomingMessage): boolean {
  return request.httpVersion === "1.1" && !/\bclose\b/i.test(request.headers.connection ?? "");
}
