import * as http from "node:http";
import { relative } from "node:path";
import { Duplex } from "node:stream";
import { recordAnswer } from "../suites/openapi/record.ts";
import type { App } from "../../server/daemon/http/app.ts";

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** the body as JSON */
  json: unknown;
}

export interface Injection {
  method?: string;
  path: string;
  headers?: http.OutgoingHttpHeaders;
  body?: unknown;
}

/** Two ends of a connection in memory. */
export function pipePair(): [Duplex, Duplex] {
  const make = () => {
    let other: Duplex | undefined;
    let taken: (() => void) | undefined;
    const end = new Duplex({
      allowHalfOpen: true,
      read() {
        const wake = taken;
        taken = undefined;
        wake?.();
      },
      write(chunk: Buffer, _encoding, done) {
        const wait = other?.push(chunk) === false;
        if (wait) {
          blockOther(done);
        } else {
          setImmediate(done);
        }
      },
      final(done) {
        other?.push(null);
        done();
      },
      destroy(error, done) {
        if (other !== undefined && !other.destroyed) {
          other.push(null);
          setImmediate(() => other?.destroy());
        }
        done(error);
      },
    });
    // What node:http calls when an answer is the last one; net.Socket has it.
    Object.assign(end, { destroySoon: () => end.end(() => end.destroy()) });
    let blockOther: (done: () => void) => void = (done) => setImmediate(done);
    return {
      end,
      join: (peer: { end: Duplex; onTaken: (wake: () => void) => void }) => {
        other = peer.end;
        blockOther = (done) => peer.onTaken(done);
      },
      onTaken: (wake: () => void) => {
        taken = wake;
      },
    };
  };
  const a = make();
  const b = make();
  a.join(b);
  b.join(a);
  return [a.end, b.end];
}

/** A connection to the app, without a socket. */
export function connect(app: App): Duplex {
  const [client, server] = pipePair();
  app.server().emit("connection", server);
  return client;
}

function start(app: App, { method = "GET", path, headers = {}, body }: Injection): http.ClientRequest {
  const raw = Buffer.isBuffer(body);
  const request = http.request({
    createConnection: () => connect(app),
    method,
    path,
    headers: { ...(body === undefined || raw ? {} : { "Content-Type": "application/json" }), ...headers },
  });
  request.end(body === undefined ? undefined : raw ? body : JSON.stringify(body));
  return request;
}

/** One request and its whole answer. */
export async function inject(app: App, injection: Injection): Promise<Answer> {
  const response = await open(app, injection);
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks);
  const text = body.toString("utf8");
  holdToDocument(injection, response, body);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

/** @throws Error when the answer is not as the OpenAPI document says */
function holdToDocument({ method = "GET", path }: Injection, response: http.IncomingMessage, body: Buffer): void {
  const violation = recordAnswer(relative(process.cwd(), process.argv[1] ?? ""), {
    method,
    url: path,
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"] ?? "",
    body,
  });
  if (violation !== undefined) throw new Error(`not as test/api/openapi-v1.50.yaml says: ${violation}`);
}

/** The answer as soon as its headers are there. */
export function open(app: App, injection: Injection): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = start(app, injection);
    request.on("response", resolve);
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("the connection was upgraded"));
    });
    request.on("error", reject);
  });
}

/** A request that takes the connection over. */
export function upgrade(
  app: App,
  injection: Injection,
): Promise<{ response: http.IncomingMessage; socket: Duplex; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = start(app, {
      ...injection,
      headers: { Connection: "Upgrade", Upgrade: "tcp", ...injection.headers },
    });
    request.on("upgrade", (response, socket, head) => resolve({ response, socket, head }));
    request.on("response", (response) => reject(new Error(`no upgrade but status ${response.statusCode}`)));
    request.on("error", reject);
  });
}
