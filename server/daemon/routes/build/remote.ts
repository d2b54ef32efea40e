import { Readable } from "node:stream";
import type { ContextSource } from "../../../engine/builder/context-source.ts";
import { isEngineError, messageOf, NotFound, Unknown } from "../../../engine/errdefs/errors.ts";
import type { UploadedContext } from "../../../engine/builds/upload-context.ts";
import type { UrlContent, UrlSource } from "../../../engine/remotes/url-source.ts";
import { progressLines } from "../../translate/progress.ts";
import type { UnpackContext } from "./index.ts";

/** Bytes of the head by which a Dockerfile is told from a tar. */
const sniffed = 512;
const maxDockerfile = 1 << 20;

/** A build's context from elsewhere (Engine API, ImageBuild, `remote`). */
export interface RemoteContext {
  source: ContextSource;
  /** the Dockerfile itself, where the URL is one */
  dockerfile: { text: string; name: string } | undefined;
}

/** What contexts come from. */
export interface RemoteSources {
  urls: UrlSource;
  unpack: UnpackContext;
  git: (address: string, signal: AbortSignal) => Promise<ContextSource>;
}

/**
 * Fetches what `remote` names: a Git repository, a tar, plain or compressed, or a Dockerfile.
 * @throws NotFound, Unknown (no URL, not reached), PermissionDenied (address), InvalidArgument (Git over SSH)
 */
export async function remoteContext(
  remote: string,
  { urls, unpack, git }: RemoteSources,
  { write, signal }: { write: (line: object) => Promise<void>; signal: AbortSignal },
): Promise<RemoteContext> {
  if (isGit(remote)) {
    return { source: await openGit(remote, git, signal), dockerfile: undefined };
  }
  if (!/^https?:\/\//.test(remote)) {
    throw new Unknown(`remoteURL (${remote}) could not be recognized as URL`);
  }
  const { body, type, modified } = await open(remote, urls, signal);
  const dated = ({ newest, ...source }: UploadedContext): ContextSource => {
    const time = modified ?? newest;
    return time === undefined ? source : { ...source, time };
  };
  const head = await firstBytes(body, sniffed);
  const whole = head.rest;
  for (const line of progressLines({ id: "Downloading context", status: remote, current: head.bytes.length })) {
    await write(line);
  }
  if (type !== "text/plain" && (head.bytes.length === 0 || !isText(head.bytes))) {
    return { source: dated(await unpack(whole, signal)), dockerfile: undefined };
  }
  const text = await readText(whole);
  // An archive without a file: just its end.
  const source = await unpack(Readable.from([Buffer.alloc(1024)]), signal);
  return { source: dated(source), dockerfile: { text, name: "Dockerfile" } };
}

/** dockerd's rule (moby builder/remotecontext/urlutil): what has the scheme of Git, or the suffix of a repository. */
function isGit(remote: string): boolean {
  return /^(?:git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(remote) || /^https?:\/\/[^?#]*\.git(?:[?#].*)?$/.test(remote);
}

async function openGit(remote: string, git: RemoteSources["git"], signal: AbortSignal): Promise<ContextSource> {
  try {
    return await git(remote, signal);
  } catch (error) {
    throw isEngineError(error, "unavailable", "not_found")
      ? new Unknown(`unable to prepare context: ${messageOf(error)}`, { cause: error })
      : error;
  }
}

async function open(url: string, urls: UrlSource, signal: AbortSignal): Promise<UrlContent> {
  try {
    return await urls.open(url, signal);
  } catch (error) {
    const message = `error downloading remote context ${url}: ${messageOf(error)}`;
    if (isEngineError(error, "not_found")) {
      throw new NotFound(message, { cause: error });
    }
    throw isEngineError(error, "unavailable", "unknown") ? new Unknown(message, { cause: error }) : error;
  }
}

async function firstBytes(body: Readable, count: number): Promise<{ bytes: Buffer; rest: Readable }> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const chunks: Buffer[] = [];
  for (let size = 0; size < count; size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)) {
    const next = await iterator.next();
    if (next.done === true) {
      break;
    }
    chunks.push(next.value);
  }
  async function* all() {
    try {
      yield* chunks;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      body.destroy();
    }
  }
  return { bytes: Buffer.concat(chunks).subarray(0, count), rest: Readable.from(all(), { objectMode: false }) };
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x0c);
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxDockerfile) {
      throw new Unknown(`the remote Dockerfile is larger than ${maxDockerfile} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
