import { setTimeout as sleep } from "node:timers/promises";
import { PageSocket } from "../test/suites/page-socket.ts";

/** What one has met while it was used; times in ms. */
export interface Use {
  echoes: number[];
  builds: number[];
  failed: number;
}

const keyPause = 1000;
const buildPause = 60_000;
/** An echo that takes longer is no echo, ms. */
const patience = 60_000;

/** A browser without a screen: a session, a workspace, a container with a terminal, and the streams that a page has. */
export class Browser {
  readonly #url: string;
  #cookie = "";
  #path = "";
  #socket: PageSocket | undefined;
  #terminal = "";
  #heard: (text: string) => void = () => undefined;
  #built = 0;

  private constructor(url: string) {
    this.#url = url;
  }

  static async come(url: string): Promise<Browser> {
    const browser = new Browser(url);
    await browser.#open();
    return browser;
  }

  async #open(): Promise<void> {
    const { id } = await this.#ask<{ id: string }>("POST", "/api/workspaces/open", {});
    this.#path = `/api/w/${id}`;
    const socket = new PageSocket(this.#url, { workspace: id, cookie: this.#cookie });
    this.#socket = socket;
    await socket.connected();
    socket.follow({ kind: "files", position: 0 }, () => undefined);
    socket.follow({ kind: "containers", position: 0 }, () => undefined);
    // A terminal whose program does nothing but answer: what is measured is the way there and back.
    const run = { image: "busybox", cmd: ["sleep", "100000"] };
    const container = await this.#ask<{ id: string }>("POST", `${this.#path}/containers`, run);
    socket.follow({ kind: "stats", container: container.id, position: 0 }, () => undefined);
    const start = { container: container.id, columns: 80, rows: 24 };
    this.#terminal = (await this.#ask<{ id: string }>("POST", `${this.#path}/terminals`, start)).id;
    socket.follow({ kind: "terminal", terminal: this.#terminal, position: 0 }, (bytes) =>
      this.#heard(Buffer.from(bytes).toString("latin1")),
    );
    const ready = this.#hear("ready-1");
    socket.input(this.#terminal, "stty raw -echo; echo ready-$((0+1)); exec cat\n");
    await ready;
  }

  /** Types and builds until then, ms since the epoch. */
  async use(end: number): Promise<Use> {
    const use: Use = { echoes: [], builds: [], failed: 0 };
    await Promise.all([this.#type(end, use), this.#build(end, use)]);
    return use;
  }

  leave(): void {
    this.#socket?.close();
  }

  async #type(end: number, use: Use): Promise<void> {
    // Not all in step.
    await sleep(Math.random() * keyPause);
    for (let key = 0; Date.now() < end; key++) {
      const letter = "abcdefghijklmnopqrstuvwxyz"[key % 26] ?? "a";
      const began = performance.now();
      const echo = this.#hear(letter);
      this.#socket?.input(this.#terminal, letter);
      await echo;
      use.echoes.push(performance.now() - began);
      await sleep(keyPause * (0.5 + Math.random()));
    }
  }

  async #build(end: number, use: Use): Promise<void> {
    // So that builds are spread over the time, and each has one.
    await sleep(Math.random() * Math.min(buildPause, (end - Date.now()) * 0.8));
    while (Date.now() < end) {
      const began = performance.now();
      const lines = `RUN for i in 1 2 3 4 5 6 7 8 9; do echo ${this.#path} ${this.#built++} $i; done`;
      await this.#ask("PUT", `${this.#path}/file?path=Dockerfile`, `FROM busybox\n${lines}\nCOPY . /src\n`);
      const start = { contextPath: "", tags: ["app"] };
      const { id } = await this.#ask<{ id: string }>("POST", `${this.#path}/builds`, start);
      let status = "";
      await new Promise<void>((resolve) => {
        this.#socket?.follow(
          { kind: "build", build: id, position: 0 },
          (events) => (status = JSON.stringify(events.at(-1))),
          () => resolve(),
        );
      });
      if (status.includes('"type":"completed"')) use.builds.push(performance.now() - began);
      else use.failed++;
      await sleep(Math.min(buildPause, Math.max(0, end - Date.now())));
    }
  }

  #hear(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${text} is not echoed in ${this.#path}`)), patience);
      let heard = "";
      this.#heard = (piece) => {
        heard += piece;
        if (heard.includes(text)) resolve(clearTimeout(timer));
      };
    });
  }

  async #ask<Answer>(method: string, path: string, body: object | string): Promise<Answer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { cookie: this.#cookie, origin: this.#url },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${said}`);
    this.#cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    return (said.startsWith("{") ? JSON.parse(said) : said) as Answer;
  }
}

/** Of the values in their order the one at that share; 1 is the largest. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
}
