import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Drydockd } from "../suites/drydockd.ts";

const root = join(import.meta.dirname, "../..");

export interface Answer {
  status: number;
  text: string;
  headers: IncomingHttpHeaders;
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Why `web` cannot run here; undefined if it can. */
export function whyNoPages(): string | undefined {
  return existsSync(join(root, ".next/BUILD_ID")) ? undefined : "the pages are not built: run `npm run build`";
}

/** The playground's server as it is run, for one engine. No browser: requests are as hostile as they like. */
export class Web {
  port = 0;
  /** what it wrote to stderr */
  said = "";
  #process: ChildProcess | undefined;

  /** While it runs. */
  get pid(): number {
    return this.#process?.exitCode === null ? (this.#process.pid ?? 0) : 0;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** At the same address as before. @param environment further settings */
  async start(engine: Drydockd, environment: Record<string, string> = {}): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "server/web.ts"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        DRYDOCK_PORT: String(this.port),
        DRYDOCK_WEB_DATA: join(engine.directory, "web"),
        DRYDOCK_WEB_SOCKET: join(engine.runDirectory, "web.sock"),
        DRYDOCK_WORKSPACES_PER_HOUR: "1000",
        ...environment,
      },
    });
    this.#process = child;
    child.stderr.on("data", (text: Buffer) => {
      this.said += text.toString();
      process.stderr.write(text);
    });
    const answers = () =>
      this.ask("/api/status").then(
        ({ text }) => text.includes('"up"'),
        () => false,
      );
    while (!(await answers())) {
      if (child.exitCode !== null) throw new Error(`web ended with ${child.exitCode}`);
      await delay(100);
    }
  }

  ask(path: string, { method = "GET", headers = {}, body }: Asking = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const options = { host: "127.0.0.1", port: this.port, path, method, agent: false };
      const outgoing = request(
        { ...options, headers: { host: `localhost:${this.port}`, ...length, ...headers } },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("error", reject);
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
        },
      );
      outgoing.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, text: "", headers: response.headers });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  /** Somebody new with a workspace. */
  async visitor(): Promise<Visitor> {
    const opened = await this.ask("/api/workspaces/open", {
      method: "POST",
      headers: { origin: this.url },
      body: "{}",
    });
    const cookie = opened.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const { id } = JSON.parse(opened.text) as { id: string };
    return new Visitor(this, cookie, id);
  }

  /** It is killed. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}

/** A browser's session with one workspace. */
export class Visitor {
  readonly web: Web;
  readonly cookie: string;
  readonly id: string;

  constructor(web: Web, cookie: string, id: string) {
    this.web = web;
    this.cookie = cookie;
    this.id = id;
  }

  /** Of the page's API, beneath the workspace. */
  ask(path: string, asking: Asking = {}): Promise<Answer> {
    const headers = { cookie: this.cookie, origin: this.web.url, ...asking.headers };
    return this.web.ask(`/api/w/${this.id}/${path}`, { ...asking, headers });
  }

  post(path: string, body: object): Promise<Answer> {
    return this.ask(path, { method: "POST", body: JSON.stringify(body) });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
