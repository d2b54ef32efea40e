import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { Rates } from "./rates.ts";

const refusal =
  "Too much comes from your address at once. Wait a moment, and reload the page. " +
  "Whoever runs this playground can allow more: DRYDOCK_CONNECTIONS_PER_ADDRESS.";

/**
 * What one address may have of `web`: so many connections at once, half as many requests a second on the long run, and ten
 * seconds' worth of them at once. Pages, their API, sockets and previews count alike.
 */
export class AddressLimits {
  readonly #connections: number;
  readonly #behindProxy: boolean;
  readonly #open = new Map<string, number>();
  readonly #requests: Rates;

  /** @param connections 0: as many as come @param behindProxy all connections are the proxy's: it is asked to count them */
  constructor(connections: number, behindProxy: boolean) {
    this.#connections = connections || Infinity;
    this.#behindProxy = behindProxy;
    this.#requests = new Rates({ burst: this.#connections * 5, perSecond: this.#connections / 2 });
  }

  /** From now on refuses what is too much, before anything else of `server` sees it. To be called when all listeners are there. */
  guard(server: Server): void {
    if (this.#connections === Infinity) return;
    if (!this.#behindProxy) server.on("connection", (socket) => this.#connected(socket));
    this.#inFront<ServerResponse>(server, "request", (response) => {
      response.writeHead(429, { ...plain, "retry-after": "5" }).end(refusal);
    });
    this.#inFront<Duplex>(server, "upgrade", (socket) => {
      // Who has gone meanwhile is an error that node no longer listens to.
      socket.on("error", () => socket.destroy()).end(rawRefusal);
    });
  }

  /** Who listens to `event` is told of it only where there is a request left; else `refuse` is given what would be answered on. */
  #inFront<Answer>(server: Server, event: "request" | "upgrade", refuse: (answer: Answer) => void): void {
    const listeners = server.listeners(event);
    server.removeAllListeners(event);
    server.on(event, (request: IncomingMessage, ...rest: unknown[]) => {
      if (this.#requests.take(addressOf(request, this.#behindProxy))) {
        for (const listener of listeners) Reflect.apply(listener, server, [request, ...rest]);
      } else {
        refuse(rest[0] as Answer);
      }
    });
  }

  #connected(socket: IncomingMessage["socket"]): void {
    const address = group(socket.remoteAddress ?? "");
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#connections) {
      // Who does not read it is not waited for.
      socket.end(rawRefusal, () => socket.destroy());
      return;
    }
    this.#open.set(address, count + 1);
    socket.once("close", () => {
      const left = (this.#open.get(address) ?? 1) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    });
  }
}

const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const rawRefusal = [
  "HTTP/1.1 429 Too Many Requests",
  ...Object.entries(plain).map(([name, value]) => `${name}: ${value}`),
  "retry-after: 5",
  `content-length: ${refusal.length}`,
  "connection: close",
  "",
  refusal,
].join("\r\n");

/** Who asks. Behind a proxy the last address of X-Forwarded-For, which the proxy in front wrote. */
export function addressOf(request: IncomingMessage, behindProxy: boolean): string {
  const forwarded = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return group((behindProxy && forwarded) || (request.socket.remoteAddress ?? ""));
}

/** IPv6 addresses of one network (/64) are one visitor's. */
function group(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = "", tail] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const between = tail === undefined ? 0 : 8 - first.length - last.length;
  const whole = [...first, ...Array.from({ length: Math.max(0, between) }, () => "0"), ...last];
  return `${whole.slice(0, 4).join(":")}::/64`;
}
