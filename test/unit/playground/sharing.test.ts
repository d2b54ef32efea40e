import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import type { Snippet } from "../../../server/contract/playground-api.ts";
import { absenceHeader, cardHeader, type OEmbed } from "../../../server/contract/sharing.ts";
import { readConfig } from "../../../server/playground/config.ts";
import { SnippetLinks } from "../../../server/playground/embeds/snippet-links.ts";
import { Problem } from "../../../server/playground/http/problem.ts";
import { contentSecurityPolicy, setSecurityHeaders, useOf } from "../../../server/playground/http/security-headers.ts";
import { oembedRoutes } from "../../../server/playground/routes/oembed.ts";
import { cardOf } from "../../../server/playground/snippets/snippet-card.ts";

const snippet: Snippet = {
  id: "AAAAAAAAAAAAAA",
  title: 'A "site" <b>',
  createdAt: 0,
  files: [
    { path: "notes.txt", encoding: "utf8", content: "hello", executable: false },
    { path: "Dockerfile", encoding: "utf8", content: "# why\nFROM busybox\n\nRUN true\n", executable: false },
  ],
  omittedFiles: [],
  outputs: [],
};
const snippets = {
  find: async (id: string) => (id === snippet.id ? snippet : undefined),
  create: async () => {},
  versions: async () => [],
};
const ask = (url: string, headers: Record<string, string> = {}): IncomingMessage =>
  ({ url, headers: { host: "play.example:8080", ...headers } }) as unknown as IncomingMessage;

describe("what a link shows", () => {
  it("is the title, the instructions and how the build went", () => {
    const card = cardOf(snippet, "https://x");
    assert.deepEqual(card.lines, ["FROM busybox", "RUN true"]);
    assert.equal(card.build, "");
    const summary = { id: "b", tags: [], contextPath: "", dockerfile: "Dockerfile", startedAt: 0, finishedAt: 3200 };
    const built = cardOf(
      { ...snippet, build: { summary: { ...summary, status: "completed" }, events: [] } },
      "https://x",
    );
    assert.equal(built.build, "built in 3.2 s");
    assert.match(built.description, /2 files, built in 3\.2 s/);
  });

  it("is told to the pages of the snippet, and never taken from outside", async () => {
    const links = new SnippetLinks(snippets, undefined);
    const request = ask(`/s/${snippet.id}?x=1`, { [cardHeader]: "forged" });
    await links.describe(request);
    const card = JSON.parse(decodeURIComponent(String(request.headers[cardHeader])));
    assert.deepEqual([card.title, card.origin], [snippet.title, "http://play.example:8080"]);
    for (const path of ["/", "/s/BBBBBBBBBBBBBB", "/w/x", `/s/${snippet.id}/other`, "/embed/%2e%2e"]) {
      const other = ask(path, { [cardHeader]: "forged" });
      await links.describe(other);
      assert.equal(other.headers[cardHeader], undefined, path);
    }
  });

  it("is why there is nothing, with the status of the page", async () => {
    const revoked = new SnippetLinks({ find: async () => "revoked" as const }, undefined);
    const links = new SnippetLinks(snippets, undefined);
    for (const [of, path, status, absence] of [
      [links, `/s/${snippet.id}`, 200, undefined],
      [links, "/w/x", 200, undefined],
      [links, "/s/BBBBBBBBBBBBBB", 404, "unknown"],
      [links, "/embed/no-id", 404, "unknown"],
      [revoked, "/s/BBBBBBBBBBBBBB", 410, "revoked"],
      [revoked, "/embed/BBBBBBBBBBBBBB?theme=dark", 410, "revoked"],
    ] as const) {
      const request = ask(path, { [absenceHeader]: "forged" });
      assert.deepEqual([await of.describe(request), request.headers[absenceHeader]], [status, absence], path);
    }
  });
});

describe("oEmbed", () => {
  const [route] = oembedRoutes({ snippets, publicUrl: new URL("https://play.example/") });
  const get = async (query: Record<string, string>): Promise<OEmbed> => {
    let body = "";
    const response = { writeHead: () => response, end: (text: string) => (body = text) } as unknown as ServerResponse;
    await route?.handle({
      request: ask("/"),
      response,
      params: {},
      query: new URLSearchParams(query),
      path: undefined,
    });
    return JSON.parse(body) as OEmbed;
  };
  const url = `https://play.example/s/${snippet.id}`;

  it("answers with a frame no larger than was asked for", async () => {
    const answer = await get({ url, maxwidth: "500", maxheight: "300" });
    assert.equal(answer.type, "rich");
    assert.deepEqual([answer.width, answer.height], [500, 300]);
    assert.match(answer.html, /^<iframe src="https:\/\/play\.example\/embed\/AAAAAAAAAAAAAA" /);
    assert.ok(!answer.html.includes("site"), "no word of the snippet's is in the HTML");
    assert.equal(answer.thumbnail_url, `${url}/preview.png`);
  });

  it("knows only its own snippets", async () => {
    const status = (wanted: number) => (error: unknown) => error instanceof Problem && error.status === wanted;
    await assert.rejects(get({ url: `https://elsewhere.example/s/${snippet.id}` }), status(404));
    await assert.rejects(get({ url: "https://play.example/s/BBBBBBBBBBBBBB" }), status(404));
    await assert.rejects(get({ url: "javascript:alert(1)" }), status(404));
    await assert.rejects(get({ url: "nothing" }), status(400));
    await assert.rejects(get({ url, format: "xml" }), status(501));
  });
});

describe("who may frame the pages", () => {
  const headersOf = (path: string): Map<string, unknown> => {
    const headers = new Map<string, unknown>();
    setSecurityHeaders(
      { setHeader: (name: string, value: unknown) => headers.set(name, value) } as never,
      false,
      useOf(path),
    );
    return headers;
  };

  it("is nobody but of embedded snippets, and of these whom the operator names", () => {
    for (const path of ["/", "/w/x", `/s/${snippet.id}`, "/api/status", "/embed.js"]) {
      assert.equal(headersOf(path).get("x-frame-options"), "DENY", path);
    }
    assert.equal(headersOf(`/embed/${snippet.id}`).has("x-frame-options"), false);
    const policy = (ancestors: string[]) => contentSecurityPolicy("n", { dev: false, host: "h", ancestors });
    assert.match(policy([]), /frame-ancestors 'none'$/);
    assert.doesNotMatch(policy([]), /frame-src/);
    assert.match(policy(["https://docs.example", "*"]), /frame-ancestors https:\/\/docs\.example \*$/);
  });

  it("lets other sites load the script and the picture alone", () => {
    const use = (path: string) => headersOf(path).get("cross-origin-resource-policy");
    assert.deepEqual([use("/embed.js"), use(`/s/${snippet.id}/preview.png`)], ["cross-origin", "cross-origin"]);
    assert.deepEqual([use("/embed-api.js"), use("/embed-api.d.ts")], ["cross-origin", "cross-origin"]);
    const leave = (path: string) => headersOf(path).get("access-control-allow-origin");
    assert.deepEqual([leave("/embed-api.js"), leave("/embedding"), leave("/api/status")], ["*", undefined, undefined]);
    assert.deepEqual(
      [use("/"), use(`/s/${snippet.id}`), use("/embed.jsx")],
      ["same-origin", "same-origin", "same-origin"],
    );
  });

  it("is read from the operator's setting, which is checked", () => {
    const sites = (text: string) => readConfig({ NODE_ENV: "test", DRYDOCK_EMBED_SITES: text }).embedSites;
    assert.deepEqual(sites(""), []);
    assert.deepEqual(sites(" https://a.example  http://*.b.example:8080 * "), [
      "https://a.example",
      "http://*.b.example:8080",
      "*",
    ]);
    assert.throws(() => sites("https://a.example; script-src *"), /DRYDOCK_EMBED_SITES/);
    assert.throws(() => sites("a.example"), /DRYDOCK_EMBED_SITES/);
  });
});
