/**
 * What others show of a snippet: chat programs that unfurl its link, pages that embed it.
 *
 * | route | answer |
 * |---|---|
 * | GET /s/{id}                                   | the page; its head has title, description, picture (Open Graph) |
 * | GET /s/{id}/preview.png                       | the picture, 1200 by 630 |
 * | GET /embed/{id}?theme=&panes=                 | the recording alone, for a frame on the sites the operator allows |
 * | GET /embed.js                                 | for a page that embeds: `<script src="…/embed.js" data-snippet="{id}"></script>` |
 * | GET /embed-api.js, /embed-api.d.ts            | the same as a module, and its types |
 * | GET /embedding?snippet=                       | how to embed, tried on a snippet |
 * | POST /api/snippets/{id}/live                  | → LiveSnippet: Run was pressed in a frame |
 * | GET /api/embed-sites                          | → EmbedSites: where such frames are shown |
 * | GET /api/oembed?url=&maxwidth=&maxheight=     | OEmbed (oembed.com) |
 *
 * All of them for anyone, without a cookie: a snippet is as open as its link.
 */
import { z } from "zod";
import type { WorkspaceView } from "./playground-api.ts";

/** What a link to a snippet shows of it. */
export interface SnippetCard {
  id: string;
  title: string;
  /** a sentence */
  description: string;
  /** the first lines of its Dockerfile */
  lines: string[];
  /** `built in 3.2 s`; empty: it was never built */
  build: string;
  /** `https://play.example.org` */
  origin: string;
}

/** Set by `web` on requests for a snippet's pages: the card as JSON, URI-encoded. Never taken from outside. */
export const cardHeader = "x-snippet-card";

/** Why a snippet's page shows none: there is none under its link, or it was taken back. */
export const absences = { unknown: 404, revoked: 410 } as const;
export type SnippetAbsence = keyof typeof absences;

/** Set by `web` as the card is, where there is none: a `SnippetAbsence`. */
export const absenceHeader = "x-snippet-absence";

export const oembedSchema = z.object({
  url: z.url().max(500),
  format: z.enum(["json"]).default("json"),
  maxwidth: z.coerce.number().int().min(200).max(4000).default(800),
  maxheight: z.coerce.number().int().min(150).max(4000).default(760),
});

/** https://oembed.com, 2.3.4.4, the rich type */
export interface OEmbed {
  version: "1.0";
  type: "rich";
  provider_name: string;
  provider_url: string;
  title: string;
  html: string;
  width: number;
  height: number;
  thumbnail_url: string;
  thumbnail_width: number;
  thumbnail_height: number;
}

/** The operator's: origins as in frame-ancestors of a Content-Security-Policy, `*` for any; none: no other site. */
export interface EmbedSites {
  embedSites: readonly string[];
}

/** Sides of an embedded snippet that can be chosen (`panes=files,build`); the terminal is there when it is live. */
export const embedPanes = ["files", "build", "output", "terminal"] as const;
export type EmbedPane = (typeof embedPanes)[number];
/** Those that are shown when none is chosen. */
export const usualEmbedPanes: readonly EmbedPane[] = ["files", "build", "output"];

/** On requests of a frame that is live: the token of its session, in the place of a cookie. */
export const frameHeader = "X-Drydock-Frame";

/** A snippet made live in a frame: a workspace of its own. */
export interface LiveSnippet {
  /** for `frameHeader`, and for the socket's handshake */
  token: string;
  workspace: WorkspaceView;
}

/** What an embedded snippet tells the page around it, and is told by it: public/embed-api.d.ts says each of them. */
export type { EmbedCommand, EmbedMessage } from "../../public/embed-api.d.ts";
