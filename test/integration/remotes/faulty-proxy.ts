import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with the next large blob: its connection drops at 90 %, its bytes are changed, or they stop coming. */
export type Fault = "drop" | "lie" | "stall";

export interface FaultyProxy {
  /** `127.0.0.1:port` */
  host: string;
  /** of blobs: the `Range` that each request had */
  ranges: (string | undefined)[];
  /** Happens once. */
  next: Fault | undefined;
  /** resolves when a stalled blob has begun */
  stalled: Promise<void>;
  stop(): Promise<void>;
}

const large = 1 << 20;

/** Stands in front of a registry at `target` (host:port) and spoils what it is told to. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const stalled = Promise.withResolvers<void>();
  const server = createServer((incoming, outgoing) => {
    const [hostname, port] = target.split(":");
    const { method, url, headers } = incoming;
    const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      void pass(answer, outgoing, url ?? "");
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
    if (method === "GET" && url?.includes("/blobs/") === true) {
      proxy.ranges.push(headers.range);
    }
  });
  const pass = async (answer: IncomingMessage, outgoing: ServerResponse, url: string): Promise<void> => {
    const size = Number(answer.headers["content-length"] ?? 0);
    const fault = url.includes("/blobs/sha256:") && size > large ? proxy.next : undefined;
    proxy.next = fault === undefined ? proxy.next : undefined;
    let sent = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (fault === "lie" && sent === 0) {
        chunk.writeUInt8((chunk[0] ?? 0) ^ 0xff, 0);
      }
      const end = fault === "drop" ? 0.9 * size : fault === "stall" ? 0.1 * size : size;
      outgoing.write(chunk.subarray(0, Math.max(0, Math.ceil(end) - sent)));
      sent += chunk.length;
      if (sent >= end && fault === "drop") {
        outgoing.socket?.end();
        return;
      }
      if (sent >= end && fault === "stall") {
        stalled.resolve();
        return;
      }
    }
    outgoing.end();
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const proxy: FaultyProxy = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges: [],
    next: undefined,
    stalled: stalled.promise,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return proxy;
}
