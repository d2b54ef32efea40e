import { buffer } from "node:stream/consumers";
import { longestDocument } from "../../contract/document-events.ts";
import type { NoDocument } from "../../contract/document-events.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";

/** How long the engine may take for a file, ms: what waits longer is asked for anew, and the learner told. */
const longest = 20_000;
/** Bytes beyond which a file is not looked into. */
const largestFile = longestDocument;

/** A file's text, at the version that the engine calls it. */
export interface FileText {
  text: string;
  version: string;
}

/** The file of a document. */
export interface DocumentFile {
  /** @throws Problem other than 404, which is `gone` */
  read(): Promise<FileText | { problem: Exclude<NoDocument, "away"> }>;
  /** @param version the file must be at; undefined: whatever it is @throws Problem 409 when it is at another one */
  write(text: string, version: string | undefined): Promise<string>;
}

/** In a workspace, through the engine, which keeps every path within it. */
export class WorkspaceFile implements DocumentFile {
  readonly #tenant: () => Promise<TenantClient>;
  readonly #path: string;

  constructor(tenant: () => Promise<TenantClient>, path: string) {
    this.#tenant = tenant;
    this.#path = path;
  }

  async read(): Promise<FileText | { problem: Exclude<NoDocument, "away"> }> {
    try {
      const answer = await (await this.#tenant()).readFile(this.#path, AbortSignal.timeout(longest));
      const version = (answer.headers.etag ?? "").replaceAll('"', "");
      if (Number(answer.headers["content-length"]) > largestFile) {
        answer.destroy();
        return { problem: "large" };
      }
      const text = decodeText(await buffer(answer));
      return text === undefined ? { problem: "binary" } : { text, version };
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return { problem: "gone" };
      throw error;
    }
  }

  async write(text: string, version: string | undefined): Promise<string> {
    const signal = AbortSignal.timeout(longest);
    const options = version === undefined ? { signal } : { signal, ifMatch: version };
    return (await (await this.#tenant()).writeFile(this.#path, Buffer.from(text), options)).version;
  }
}

/** The bytes as text; undefined when they are none that can be edited without loss. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
