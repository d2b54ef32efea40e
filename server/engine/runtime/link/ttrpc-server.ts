import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import { decode, encode } from "./protobuf.ts";
import { encodeFrame, FrameReader, messageType, requestSchema, responseSchema, statusCode } from "./ttrpc.ts";

/** Answers one call; throws to refuse it. */
export type TtrpcHandler = (service: string, method: string, payload: Buffer) => Buffer | Promise<Buffer>;

/** A ttrpc server on a UNIX socket. */
export class TtrpcServer {
  #server: Server | undefined;
  #sockets = new Set<Socket>();
  readonly #handler: TtrpcHandler;

  constructor(handler: TtrpcHandler) {
    this.#handler = handler;
  }

  /** Takes over the path from a predecessor that is gone. */
  async listen(path: string): Promise<void> {
    await rm(path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  get connections(): number {
    return this.#sockets.size;
  }

  #accept(socket: Socket): void {
    const frames = new FrameReader();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A supervisor that goes away in the middle of a report takes nothing of ours with it.
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      try {
        for (const frame of frames.push(chunk)) {
          if (frame.type !== messageType.request) continue;
          void this.#answer(frame.data).then((data) => {
            if (!socket.destroyed)
              socket.write(encodeFrame({ stream: frame.stream, type: messageType.response, data }));
          });
        }
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
  }

  /** Never rejects. */
  async #answer(data: Buffer): Promise<Buffer> {
    try {
      const { service, method, payload } = decode(requestSchema, data);
      return encode(responseSchema, { payload: await this.#handler(service, method, payload) });
    } catch (error) {
      const code = isEngineError(error, "not_found") ? statusCode.notFound : statusCode.unknown;
      return encode(responseSchema, { status: { code, message: messageOf(error) } });
    }
  }
}
