import { request } from "node:http";

/** A minimal Docker API client: the same requests go to both engines. */
export class Api {
  readonly #socketPath: string;
  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** @throws Error with the engine's words when the status is 400 or above */
  call(method: string, path: string, body?: unknown): Promise<string> {
    const isRaw = body instanceof Uint8Array;
    const payload = body === undefined ? undefined : isRaw ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: this.#socketPath,
          method,
          // The extension has versions of its own.
          path: path.startsWith("/drydock/") ? path : `/v1.41${path}`,
          headers:
            payload === undefined
              ? {}
              : {
                  "Content-Type": isRaw ? "application/x-tar" : "application/json",
                  "Content-Length": Buffer.byteLength(payload),
                },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            const failed = (response.statusCode ?? 500) >= 400 || text.includes('"errorDetail"');
            if (failed) reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(-500)}`));
            else resolve(text);
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return JSON.parse(await this.call(method, path, body)) as T;
  }
}
