import { createHash } from "node:crypto";
import { lookup as dnsLookup } from "node:dns";
import { createWriteStream } from "node:fs";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DataLoss,
  InvalidArgument,
  NotFound,
  PermissionDenied,
  ResourceExhausted,
  Unavailable,
} from "../../errdefs/errors.ts";
import { mistake } from "../mistake.ts";
import { type AddressRule, mayConnect, portOf } from "../../network/address-rule.ts";

export interface DownloadOptions {
  checksum: string | undefined;
  /** where it may connect to */
  addresses: AddressRule;
  /** @throws PermissionDenied for a host that may not be asked */
  reach: (host: string) => void;
  signal: AbortSignal;
  onProgress: (bytes: number, total: number | undefined) => void;
}

/** Bytes. */
const maxSize = 4 * 1024 ** 3;
const maxRedirects = 10;
/** ms without a byte */
const idleTimeout = 60_000;

/**
 * Downloads into the existing file `path`. Every redirect is checked like the first address, and the address that was
 * checked is the one connected to.
 * @throws PermissionDenied, NotFound, Unavailable, DataLoss (checksum), ResourceExhausted (size)
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<{ /** ms since the epoch; 0 if the server does not say */ modified: number }> {
  let current = new URL(url);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await request(current, options);
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400 && response.headers.location !== undefined) {
      response.destroy();
      current = new URL(response.headers.location, current);
      continue;
    }
    if (status !== 200) {
      response.destroy();
      const message = `ADD failed: ${url}: the server answered ${status} ${response.statusMessage ?? ""}`.trimEnd();
      throw status === 404 || status === 410 ? new NotFound(message) : new Unavailable(message);
    }
    await store(response, path, url, options);
    const modified = Date.parse(response.headers["last-modified"] ?? "");
    return { modified: Number.isNaN(modified) ? 0 : modified };
  }
  throw new Unavailable(`ADD failed: ${url}: more than ${maxRedirects} redirects`);
}

async function request(url: URL, options: DownloadOptions): Promise<http.IncomingMessage> {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidArgument(`ADD failed: ${url.href}: only http and https can be downloaded`);
  }
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1");
  options.reach(bare);
  if (isIP(bare) !== 0 && !mayConnect(options.addresses, bare, portOf(url))) {
    throw privateError(url.hostname);
  }
  const client = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = client.get(
      url,
      {
        lookup: checkedLookup(options.addresses, portOf(url)),
        signal: options.signal,
        timeout: idleTimeout,
        headers: { "user-agent": "drydock", "accept-encoding": "identity" },
        agent: false,
      },
      resolve,
    );
    outgoing.on("timeout", () => {
      outgoing.destroy(new Unavailable(`ADD failed: ${url.href}: the server does not answer`));
    });
    outgoing.on("error", (error: Error) => {
      const known = error instanceof PermissionDenied || error instanceof Unavailable;
      reject(known ? error : failedRequest(url, error));
    });
  });
}

/** By getaddrinfo(3)'s errors, as node names them. */
const nameTroubles: Record<string, (host: string) => string> = {
  ENOTFOUND: (host) => `there is no host ${host} in this machine's DNS, which ADD asks: is the name spelled right?`,
  EAI_AGAIN: (host) => `this machine's DNS, which ADD asks, gives no answer for ${host}: try again later`,
};

function failedRequest(
  { href: url, hostname }: URL,
  cause: NodeJS.ErrnoException & { address?: string; port?: number },
): Error {
  const { code, address, port } = cause;
  const refused =
    code === "ECONNREFUSED" ? mistake({ kind: "download-refused", url, address: `${address}:${port}` }) : {};
  return new Unavailable(`ADD failed: ${url}: ${nameTroubles[code ?? ""]?.(hostname) ?? cause.message}`, {
    cause,
    ...refused,
  });
}

/** dns.lookup that refuses what may not be connected to. */
function checkedLookup(rule: AddressRule, port: number): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "", 4);
        return;
      }
      const bad = addresses.find(({ address }) => !mayConnect(rule, address, port));
      if (bad !== undefined) {
        callback(privateError(`${hostname} (${bad.address})`), "", 4);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        const [first] = addresses;
        callback(null, first?.address ?? "", first?.family ?? 4);
      }
    });
  };
}

function privateError(host: string): PermissionDenied {
  return new PermissionDenied(
    `ADD failed: ${host} is an address inside this machine's network, which builds may not reach`,
  );
}

async function store(
  response: http.IncomingMessage,
  path: string,
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const total = Number(response.headers["content-length"] ?? Number.NaN);
  const hash = createHash("sha256");
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      options.onProgress(bytes, Number.isNaN(total) ? undefined : total);
      done(bytes > maxSize ? new ResourceExhausted(`ADD failed: ${url} is larger than ${maxSize} bytes`) : null, chunk);
    },
  });
  await pipeline(response, count, createWriteStream(path, { flags: "r+" }), { signal: options.signal });
  const digest = `sha256:${hash.digest("hex")}`;
  if (options.checksum !== undefined && options.checksum !== digest) {
    throw new DataLoss(`ADD failed: digest mismatch ${url}: expected ${options.checksum}, got ${digest}`);
  }
}
