import type { IncomingMessage } from "node:http";
import { snippetIdPattern } from "../../contract/playground-api.ts";
import { absenceHeader, absences, cardHeader } from "../../contract/sharing.ts";
import type { SnippetAbsence } from "../../contract/sharing.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import { cardOf } from "../snippets/snippet-card.ts";

/** Addresses of a snippet's pages; the first group is its id. */
const pages = /^\/(?:s|embed)\/([^/]+)(?:\/preview\.png)?$/;

/** Tells the pages of a snippet what is in it, before they are drawn. */
export class SnippetLinks {
  readonly #snippets: Pick<SnippetRepository, "find">;
  readonly #publicUrl: URL | undefined;

  constructor(snippets: Pick<SnippetRepository, "find">, publicUrl: URL | undefined) {
    this.#snippets = snippets;
    this.#publicUrl = publicUrl;
  }

  /** What came under the headers' names from outside is taken away. @returns the status of the page */
  async describe(request: IncomingMessage): Promise<number> {
    delete request.headers[cardHeader];
    delete request.headers[absenceHeader];
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const id = pages.exec(pathname)?.[1];
    if (id === undefined) return 200;
    const snippet = snippetIdPattern.test(id) ? await this.#snippets.find(id) : undefined;
    if (snippet === undefined || snippet === "revoked") {
      const absence: SnippetAbsence = snippet ?? "unknown";
      request.headers[absenceHeader] = absence;
      return absences[absence];
    }
    request.headers[cardHeader] = encodeURIComponent(
      JSON.stringify(cardOf(snippet, originOf(request, this.#publicUrl))),
    );
    return 200;
  }
}

/** Under which the reader knows us. */
export function originOf(request: IncomingMessage, publicUrl: URL | undefined): string {
  if (publicUrl !== undefined) return publicUrl.origin;
  const host = /^[A-Za-z0-9.:[\]-]+$/.test(request.headers.host ?? "") ? request.headers.host : "localhost";
  return `http://${host}`;
}
