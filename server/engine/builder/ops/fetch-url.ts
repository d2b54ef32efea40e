import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { STATUS_CODES } from "node:http";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DataLoss,
  EngineError,
  errorOfCode,
  messageOf,
  ResourceExhausted,
  RuleRefusal,
  Unavailable,
} from "../../errdefs/errors.ts";
import { answeredStatus, type UrlContent, type UrlSource } from "../../remotes/url-source.ts";

export interface DownloadOptions {
  /** where from, on behalf of whose build it is */
  urls: UrlSource;
  /** empty, as of a variable without a value, or undefined: whatever comes is taken */
  checksum: string | undefined;
  signal: AbortSignal;
  onProgress: (bytes: number, total: number | undefined) => void;
}

/** Bytes. */
const maxSize = 4 * 1024 ** 3;

/**
 * Downloads into the existing file `path`.
 * @throws PermissionDenied, NotFound, Unavailable, DataLoss (checksum), ResourceExhausted (size), Cancelled
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<{ /** ms since the epoch; 0 if the server does not say */ modified: number }> {
  let content: UrlContent;
  try {
    content = await options.urls.open(url, options.signal);
  } catch (error) {
    throw failedRequest(url, error);
  }
  await store(content, path, url, options);
  return { modified: (content.modified ?? 0) * 1000 };
}

/** By getaddrinfo(3)'s errors, as node names them. */
const nameTroubles: Record<string, (host: string) => string> = {
  ENOTFOUND: (host) => `there is no host ${host} in this machine's DNS, which ADD asks: is the name spelled right?`,
  EAI_AGAIN: (host) => `this machine's DNS, which ADD asks, gives no answer for ${host}: try again later`,
};

function failedRequest(url: string, error: unknown): unknown {
  if (!(error instanceof EngineError) || error instanceof RuleRefusal || error.code === "cancelled") return error;
  const status = answeredStatus(error);
  const { code = "", hostname = "" } = (error.cause ?? {}) as { code?: string; hostname?: string };
  const trouble = nameTroubles[code]?.(hostname);
  const words =
    status !== undefined
      ? `${url}: the server answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd()
      : trouble !== undefined
        ? `${url}: ${trouble}`
        : error.message;
  return errorOfCode(error.code, `ADD failed: ${words}`);
}

/** What the server does wrong is told as that, unlike a disk that is full. */
async function* received({ body }: UrlContent, url: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Unavailable(`ADD failed: ${url}: the connection broke: ${messageOf(cause)}`, { cause });
  }
}

async function store(content: UrlContent, path: string, url: string, options: DownloadOptions): Promise<void> {
  const { signal, checksum } = options;
  const hash = createHash("sha256");
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      options.onProgress(bytes, content.size);
      done(bytes > maxSize ? new ResourceExhausted(`ADD failed: ${url} is larger than ${maxSize} bytes`) : null, chunk);
    },
  });
  await pipeline(received(content, url, signal), count, createWriteStream(path, { flags: "r+" }), { signal });
  const digest = `sha256:${hash.digest("hex")}`;
  if (checksum !== undefined && checksum !== "" && checksum !== digest) {
    throw new DataLoss(`ADD failed: digest mismatch ${url}: expected ${checksum}, got ${digest}`);
  }
}
