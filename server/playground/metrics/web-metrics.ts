import { createServer, type Server } from "node:http";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface WebMetricsSource {
  /** whether the engine answers */
  engineUp: () => boolean;
  /** open sockets of pages */
  sockets: () => number;
  workspaces: () => Promise<number>;
}

/** What Prometheus is told of `web`. docs/operations.md says what each is good for. */
export class WebMetrics {
  readonly registry = new Registry();
  readonly #requests: Histogram;

  constructor({ engineUp, sockets, workspaces }: WebMetricsSource) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: "drydock_web_" });
    // Sums of what is told by kind beside them; Prometheus keeps the ending for counters.
    for (const what of ["handles", "requests", "resources"]) {
      this.registry.removeSingleMetric(`drydock_web_nodejs_active_${what}_total`);
    }
    this.#requests = new Histogram({
      name: "drydock_web_request_seconds",
      help: "Time until a request of a page was answered",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    gauge("drydock_web_engine_up", "1 while the engine answers", () => (engineUp() ? 1 : 0));
    gauge("drydock_web_sockets", "Pages that are open and connected", sockets);
    gauge("drydock_web_workspaces", "Workspaces that are kept", workspaces);
  }

  /** @param route the pattern, not the path: there are only so many */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  /** For the operator's Prometheus alone: an address of its own (DRYDOCK_WEB_METRICS). Whoever reaches it may read. */
  listen(address: { host: string; port: number }): Server {
    const server = createServer((request, response) => {
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end();
        return;
      }
      this.registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": this.registry.contentType }).end(text),
        (error: unknown) => {
          console.error("Collecting the metrics failed.", error);
          response.writeHead(500).end();
        },
      );
    });
    return server.listen(address.port, address.host);
  }
}
