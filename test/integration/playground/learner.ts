import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../../../app/lib/connection.ts";
import { Store } from "../../../app/lib/store.ts";
import type { StreamKind, StreamPayloads, StreamSource } from "../../../server/contract/socket-events.ts";
import type { Asking, Visitor } from "../../abuse/web.ts";
import { PageSocket } from "../../suites/page-socket.ts";
import { patience } from "../../suites/patience.ts";

/** `web` went away before it answered. */
export class CutOff extends Error {}

/** Something that goes on in a workspace while `web` is killed. */
export interface Activity {
  /** One thing after the other. @throws CutOff when it is not known whether the last one was done */
  step(): Promise<void>;
  /** `web` is back: what was answered holds, and what was not is as before or as after. */
  check(): Promise<void>;
}

/** A learner's page without a browser: what it asks of `web`, and its socket, which connects again by itself. */
export class Learner {
  readonly visitor: Visitor;
  readonly socket: PageSocket;

  constructor(visitor: Visitor) {
    this.visitor = visitor;
    this.socket = new PageSocket(visitor.web.url, { workspace: visitor.id, cookie: visitor.cookie });
  }

  /** As the page's `Connection` (app/lib/connection.ts), for what is the page's own of a document. */
  get connection(): Connection {
    const { socket } = this.socket;
    const state = new Store({ connected: socket.connected, engineUp: true, refused: undefined });
    socket.on("connect", () => state.set({ ...state.value, connected: true }));
    socket.on("disconnect", () => state.set({ ...state.value, connected: false }));
    const on: Connection["on"] = (name, listener) => {
      socket.on(name, listener as never);
      return () => socket.off(name, listener as never);
    };
    const send: Connection["send"] = (name, message) => {
      if (socket.connected) socket.emit(name, ...([message] as never));
    };
    const openDocument: Connection["openDocument"] = (message) =>
      socket.connected
        ? socket
            .timeout(15_000)
            .emitWithAck("document-open", message)
            .catch(() => undefined)
        : Promise.resolve(undefined);
    return { state, on, send, openDocument } as unknown as Connection;
  }

  /** Beneath the workspace; `path` with a slash: of the whole page. @throws CutOff @throws Error with a refusal */
  async ask<Answer = unknown>(method: string, path: string, body?: object | string): Promise<Answer> {
    const { status, text } = await this.status(method, path, body);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (/^[[{]/.test(text) ? JSON.parse(text) : text) as Answer;
  }

  async status(
    method: string,
    path: string,
    body?: object | string | Buffer,
  ): Promise<{ status: number; text: string }> {
    const { visitor } = this;
    const given = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const asking: Asking = { method, ...(given === undefined ? {} : { body: given }) };
    const headers = { cookie: visitor.cookie, origin: visitor.web.url };
    try {
      return await (path.startsWith("/") ? visitor.web.ask(path, { ...asking, headers }) : visitor.ask(path, asking));
    } catch (error) {
      throw new CutOff(`${method} ${path}`, { cause: error });
    }
  }

  /** All that a stream gives until its natural end, however often it is cut off. */
  whole<Kind extends StreamKind>(source: Extract<StreamSource, { kind: Kind }>): Promise<StreamPayloads[Kind][]> {
    const payloads: StreamPayloads[Kind][] = [];
    return new Promise((resolve, reject) => {
      const end = (message?: string): void => (message === undefined ? resolve(payloads) : reject(new Error(message)));
      this.socket.follow(source, (payload) => payloads.push(payload), end);
    });
  }
}

/** Does the steps of each until it is cut off or told to stop. */
export class Doings {
  /** what nobody should have been answered */
  readonly surprises: string[] = [];
  readonly #activities: readonly Activity[];
  #running: Promise<void>[] = [];
  #isStopped = false;

  constructor(activities: readonly Activity[]) {
    this.#activities = activities;
  }

  begin(): void {
    this.#isStopped = false;
    this.#running = this.#activities.map((activity) => this.#goOn(activity));
  }

  /** After `web` is back. */
  async end(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
    for (const activity of this.#activities) await activity.check();
  }

  async #goOn(activity: Activity): Promise<void> {
    while (!this.#isStopped) {
      try {
        await activity.step();
      } catch (error) {
        if (!(error instanceof CutOff)) this.surprises.push(String(error));
        return;
      }
    }
  }
}

/** Asks until it is so; `what` says what was found instead. */
export async function until(what: () => string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patience; !(await isSo()); await sleep(30)) {
    if (Date.now() > end) throw new Error(what());
  }
}
