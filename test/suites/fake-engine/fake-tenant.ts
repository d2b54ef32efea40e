import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer, json } from "node:stream/consumers";
import type { BuildStart, RenameRequest, TerminalStart } from "../../../server/contract/extension-api.ts";
import { FakeBuild } from "./fake-build.ts";
import { FakeContainer, FakeTerminal } from "./fake-containers.ts";
import { FakeFiles } from "./fake-files.ts";
import { line, LiveLog } from "./live-log.ts";

interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  query: URLSearchParams;
  /** the pattern's groups */
  parts: string[];
}
type Handler = (asked: Asked) => void | Promise<void>;

/** One tenant's socket. */
export class FakeTenant {
  readonly #files = new FakeFiles();
  readonly #builds: FakeBuild[] = [];
  readonly #containers: FakeContainer[] = [];
  readonly #terminals: FakeTerminal[] = [];
  readonly #events = new LiveLog<object>();
  readonly #cache = new Set<string>();
  readonly #routes: [RegExp, Handler][];

  constructor() {
    this.#routes = [...this.#fileRoutes(), ...this.#buildRoutes(), ...this.#terminalRoutes(), ...this.#dockerRoutes()];
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = url.pathname.replace(/^\/drydock\/v1/, "").replace(/^\/v1\.\d+/, "");
    for (const [pattern, handle] of this.#routes) {
      const match = pattern.exec(`${request.method} ${path}`);
      if (match === null) continue;
      const parts = match.slice(1).map(decodeURIComponent);
      return handle({ request, response, path: url.searchParams.get("path") ?? "", query: url.searchParams, parts });
    }
    return send(response, 404, { message: `The fake engine has no ${request.method} ${path}.` });
  }

  dispose(): void {
    for (const container of this.#containers) container.stop();
    for (const terminal of this.#terminals) terminal.end();
    for (const build of this.#builds) build.cancel();
  }

  #fileRoutes(): [RegExp, Handler][] {
    const files = this.#files;
    return [
      [/^GET \/workspace\/files$/, ({ response }) => send(response, 200, files.list())],
      [
        /^GET \/workspace\/file$/,
        ({ response, path }) => {
          const bytes = files.read(path);
          if (bytes === undefined) return send(response, 404, { message: `There is no file ${path}.` });
          response.writeHead(200, { etag: `"${files.version(path)}"`, "content-length": bytes.length });
          response.end(bytes);
          return undefined;
        },
      ],
      [
        /^PUT \/workspace\/file$/,
        async ({ request, response, path }) => {
          const bytes = await buffer(request);
          const expected = request.headers["if-match"];
          if (expected !== undefined && expected !== `"${files.version(path)}"`) {
            return send(response, 409, { message: `${path} was changed by someone else.` });
          }
          files.write(path, bytes);
          return send(response, 200, files.entry(path));
        },
      ],
      [/^DELETE \/workspace\/file$/, ({ response, path }) => (files.remove(path), send(response, 204))],
      [
        /^POST \/workspace\/directory$/,
        ({ response, path }) => {
          files.write(path, undefined);
          return send(response, 200, files.entry(path));
        },
      ],
      [
        /^POST \/workspace\/rename$/,
        async ({ request, response }) => {
          const { from, to } = (await json(request)) as RenameRequest;
          if (files.has(to)) return send(response, 409, { message: `There is a ${to} already.` });
          files.rename(from, to);
          return send(response, 200, files.entry(to));
        },
      ],
      [/^GET \/workspace\/tar$/, ({ response }) => void response.end(Buffer.alloc(1024))],
      [
        /^GET \/workspace\/changes$/,
        ({ response }) => {
          response.flushHeaders();
          response.on(
            "close",
            files.onChange((change) => response.write(line(change))),
          );
        },
      ],
    ];
  }

  #buildRoutes(): [RegExp, Handler][] {
    const find = (id: string | undefined): FakeBuild | undefined =>
      this.#builds.find((build) => build.summary.id === id);
    return [
      [
        /^GET \/builds$/,
        ({ response }) =>
          send(
            response,
            200,
            this.#builds.map(({ summary }) => summary),
          ),
      ],
      [
        /^POST \/builds$/,
        async ({ request, response }) => {
          const start = (await json(request)) as BuildStart;
          const path = [start.contextPath, start.dockerfile ?? "Dockerfile"].filter((part) => part !== "").join("/");
          const dockerfile = this.#files.read(path);
          if (dockerfile === undefined) return send(response, 400, { message: `There is no ${path} to build.` });
          const build = new FakeBuild(`b${Date.now()}`, start, dockerfile.toString(), this.#cache);
          this.#builds.unshift(build);
          void build.run();
          return send(response, 202, build.summary);
        },
      ],
      [
        /^GET \/builds\/([^/]+)\/events$/,
        async ({ response, query, parts: [id] }) => {
          await find(id)?.events.follow(response, Number(query.get("from") ?? 0), line);
        },
      ],
      [/^POST \/builds\/([^/]+)\/cancel$/, ({ response, parts: [id] }) => (find(id)?.cancel(), send(response, 204))],
    ];
  }

  #terminalRoutes(): [RegExp, Handler][] {
    const find = (id: string | undefined): FakeTerminal | undefined =>
      this.#terminals.find(({ summary }) => summary.id === id);
    return [
      [
        /^GET \/terminals$/,
        ({ response }) =>
          send(
            response,
            200,
            this.#terminals.map(({ summary }) => summary),
          ),
      ],
      [
        /^POST \/terminals$/,
        async ({ request, response }) => {
          const { container } = (await json(request)) as TerminalStart;
          const terminal = new FakeTerminal(`t${Date.now()}`, container);
          this.#terminals.push(terminal);
          return send(response, 201, terminal.summary);
        },
      ],
      [
        /^GET \/terminals\/([^/]+)\/output$/,
        async ({ response, query, parts: [id] }) => {
          const terminal = find(id);
          if (terminal === undefined) return send(response, 404, { message: "There is no such terminal." });
          const offset = Number(query.get("offset") ?? 0);
          const { index, start } = terminal.from(offset);
          response.setHeader("x-drydock-offset", offset);
          let skip = Math.max(0, offset - start);
          return terminal.output.follow(response, index, (chunk) => {
            const rest = chunk.subarray(skip);
            skip = 0;
            return rest;
          });
        },
      ],
      [
        /^POST \/terminals\/([^/]+)\/input$/,
        async ({ request, response, parts: [id] }) => {
          find(id)?.input(await buffer(request));
          return send(response, 204);
        },
      ],
      [/^POST \/terminals\/([^/]+)\/resize$/, ({ response }) => send(response, 204)],
      [
        /^DELETE \/terminals\/([^/]+)$/,
        ({ response, parts: [id] }) => {
          const terminal = find(id);
          terminal?.end();
          this.#terminals.splice(
            this.#terminals.findIndex((each) => each === terminal),
            1,
          );
          return send(response, 204);
        },
      ],
    ];
  }

  #dockerRoutes(): [RegExp, Handler][] {
    const find = (id: string | undefined): FakeContainer | undefined =>
      this.#containers.find((each) => id !== undefined && (each.id.startsWith(id) || each.name === id));
    const known =
      (handle: (container: FakeContainer, asked: Asked) => void | Promise<void>): Handler =>
      (asked) => {
        const container = find(asked.parts[0]);
        if (container === undefined)
          return send(asked.response, 404, { message: `No such container: ${asked.parts[0]}` });
        return handle(container, asked);
      };
    return [
      [
        /^GET \/containers\/json$/,
        ({ response }) =>
          send(
            response,
            200,
            this.#containers.map((each) => each.toJson()),
          ),
      ],
      [
        /^POST \/containers\/create$/,
        async ({ request, response, query }) => {
          const { Image } = (await json(request)) as { Image: string };
          const container = new FakeContainer(query.get("name") ?? `brave_hull_${this.#containers.length}`, Image);
          this.#containers.unshift(container);
          this.#events.append({ Type: "container", Action: "create" });
          return send(response, 201, { Id: container.id, Warnings: [] });
        },
      ],
      [
        /^GET \/containers\/([^/]+)\/json$/,
        known((container, { response }) =>
          send(response, 200, { Id: container.id, State: { Running: container.state === "running" } }),
        ),
      ],
      [
        /^POST \/containers\/([^/]+)\/(start|stop|restart|kill)$/,
        known(async (container, { response, parts }) => {
          if (parts[1] !== "start") container.stop(parts[1] === "kill" ? 137 : 143);
          if (parts[1] === "start" || parts[1] === "restart") {
            container.reopen();
            await container.start();
          }
          this.#events.append({ Type: "container", Action: parts[1] });
          return send(response, 204);
        }),
      ],
      [
        /^DELETE \/containers\/([^/]+)$/,
        known((container, { response }) => {
          container.stop();
          this.#containers.splice(this.#containers.indexOf(container), 1);
          this.#events.append({ Type: "container", Action: "destroy" });
          return send(response, 204);
        }),
      ],
      [
        /^GET \/containers\/([^/]+)\/output$/,
        known((container, { response, query }) =>
          container.output.follow(response, Number(query.get("offset") ?? 0), line),
        ),
      ],
      [
        /^GET \/containers\/([^/]+)\/ports$/,
        known((container, { response }) => send(response, 200, container.ports())),
      ],
      [/^GET \/images\/json$/, ({ response }) => send(response, 200, this.#images())],
      [/^DELETE \/images\/(.+)$/, ({ response }) => send(response, 200, [])],
      [/^GET \/events$/, async ({ response }) => this.#events.follow(response, this.#events.items.length, line)],
      [/^GET \/limits$/, ({ response }) => send(response, 200, limits)],
    ];
  }

  #images(): object[] {
    const built = this.#builds.filter(({ summary }) => summary.status === "completed");
    const seen = new Set<string>();
    const mine = built.flatMap(({ summary }) => {
      if (seen.has(summary.imageId ?? "")) return [];
      seen.add(summary.imageId ?? "");
      const created = Math.floor(summary.startedAt / 1000);
      return [
        {
          Id: summary.imageId,
          RepoTags: summary.tags.map((tag) => `${tag}:latest`),
          Size: 4_400_000,
          Created: created,
        },
      ];
    });
    return [...mine, { Id: "sha256:b0", RepoTags: ["busybox:latest"], Size: 4_260_000, Created: 1_700_000_000 }];
  }
}

const limits = {
  memory: { used: 41_000_000, limit: 2_147_483_648 },
  pids: { used: 3, limit: 512 },
  disk: { used: 120_000_000, limit: 8_589_934_592 },
  cpus: { limit: 2 },
  containers: { used: 1, limit: 20 },
};

function send(response: ServerResponse, code: number, value?: unknown): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}
