import { connect, type Socket } from "node:net";
import { currentTime } from "../../concurrency/thread-time.ts";
import { messageOf, Unavailable } from "../../errdefs/errors.ts";
import { decode, encode, type Message, type PartialMessage, type Schema } from "./protobuf.ts";
import { encodeFrame, FrameReader, messageType, requestSchema, responseSchema } from "./ttrpc.ts";

/** The other side refused or failed a call: its status code (`statusCode`) and text. Mapped by the caller. */
export class TtrpcError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "TtrpcError";
    this.status = status;
  }
}

interface PendingCall {
  resolve: (payload: Buffer) => void;
  reject: (error: Error) => void;
}

/** One connection to a ttrpc server on a UNIX socket; any number of calls at the same time. */
export class TtrpcClient {
  #socket: Socket;
  #frames = new FrameReader();
  #calls = new Map<number, PendingCall>();
  #nextStream = 1;
  #closed: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("connection closed")));
  }

  /** @throws Unavailable when nobody listens on `path` */
  static async connect(path: string): Promise<TtrpcClient> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", (error) =>
        reject(new Unavailable(`cannot reach the supervisor at ${path}: ${error.message}`, { cause: error })),
      );
    });
    return new TtrpcClient(socket);
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * @throws TtrpcError when the server answers with an error status
   * @throws Unavailable when the connection ends before the answer
   */
  async call<const Q extends Schema, const R extends Schema>(
    service: string,
    method: string,
    schemas: { request: Q; response: R },
    request: PartialMessage<Q>,
  ): Promise<Message<R>> {
    if (this.#closed) throw unavailable(this.#closed);
    const stream = this.#nextStream;
    // Streams that a client opens have odd numbers; they are never used again on this connection.
    this.#nextStream += 2;
    const data = encode(requestSchema, { service, method, payload: encode(schemas.request, request) });
    const answer = new Promise<Buffer>((resolve, reject) => this.#calls.set(stream, { resolve, reject }));
    this.#socket.write(encodeFrame({ stream, type: messageType.request, data }));
    const payload = await answer;
    // Everybody's answers come by one connection.
    currentTime.getStore()?.begin?.();
    return decode(schemas.response, payload);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        const call = this.#calls.get(frame.stream);
        if (call === undefined || frame.type !== messageType.response) continue;
        this.#calls.delete(frame.stream);
        const { status, payload } = decode(responseSchema, frame.data);
        if (status && status.code !== 0) call.reject(new TtrpcError(status.code, status.message));
        else call.resolve(payload);
      }
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  #end(reason: Error): void {
    if (this.#closed) return;
    this.#closed = reason;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(unavailable(reason));
  }
}

function unavailable(cause: Error): Unavailable {
  return new Unavailable(`the connection to the supervisor has ended: ${cause.message}`, { cause });
}
