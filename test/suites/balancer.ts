import { createServer, request } from "node:http";
import type { IncomingMessage, RequestOptions, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import type { Duplex } from "node:stream";

/**
 * The smallest balancer: each request goes to the next web that can be reached, a socket to the one that `?web=` names, if
 * that can. It is not sticky: what does not need that is tested with it.
 */
export class Balancer {
  /** how many sockets each web has been given */
  readonly given: number[];
  readonly #ports: readonly number[];
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  readonly #open = new Set<Duplex>();
  #turn = 0;

  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.given = ports.map(() => 0);
    this.#server.on("upgrade", (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(asked, socket, head);
    });
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Of those that can be reached, the named one or the next in turn. */
  async #choose(named: string | null): Promise<number | undefined> {
    const first = named === null ? this.#turn++ : Number(named);
    for (const step of this.#ports.keys()) {
      const index = (first + step) % this.#ports.length;
      const socket = connect(this.#ports[index] ?? 0, "127.0.0.1");
      const isOpen = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isOpen) return index;
    }
    return undefined;
  }

  async #passTo(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const index = await this.#choose(null);
    if (index === undefined) return void answer.writeHead(502).end();
    const { method, url, headers } = asked;
    const options: RequestOptions = { host: "127.0.0.1", port: this.#ports[index], method, path: url, headers };
    const outgoing = request({ ...options, agent: false }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    asked.pipe(outgoing);
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    void this.#passTo(asked, answer);
  }

  async #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const index = await this.#choose(new URL(asked.url ?? "/", "http://page").searchParams.get("web"));
    if (index === undefined) return void socket.destroy();
    this.given[index] = (this.given[index] ?? 0) + 1;
    const web: Socket = connect(this.#ports[index] ?? 0, "127.0.0.1");
    const lines = asked.rawHeaders.flatMap((name, at) =>
      at % 2 === 0 ? [`${name}: ${asked.rawHeaders[at + 1]}`] : [],
    );
    web.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    web.write(head);
    for (const [from, to] of [
      [socket, web],
      [web, socket],
    ] as const) {
      this.#open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
