import { snippetIdPattern } from "../../contract/playground-api.ts";
import type { OEmbed } from "../../contract/sharing.ts";
import { oembedSchema } from "../../contract/sharing.ts";
import { originOf } from "../embeds/snippet-links.ts";
import { sendJson } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";

export interface OEmbedRouteParts {
  snippets: Pick<SnippetRepository, "find">;
  publicUrl: URL | undefined;
}

/** https://oembed.com for links to snippets: for programs that turn a link into what it shows. */
export function oembedRoutes({ snippets, publicUrl }: OEmbedRouteParts): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/oembed",
      access: "anyone",
      handle: async ({ request, response, query }) => {
        if (query.get("format") === "xml") throw new Problem(501, "Only JSON is answered here: format=json.");
        const asked = oembedSchema.safeParse(Object.fromEntries(query));
        if (!asked.success) throw new Problem(400, `${asked.error.issues[0]?.path.join(".")}: it does not fit.`);
        const origin = originOf(request, publicUrl);
        const { url, maxwidth, maxheight } = asked.data;
        const { origin: host, pathname } = new URL(url);
        const id = /^\/(?:s|embed)\/([A-Za-z0-9]+)$/.exec(pathname)?.[1] ?? "";
        const snippet = host === origin && snippetIdPattern.test(id) ? await snippets.find(id) : undefined;
        if (snippet === undefined || snippet === "revoked")
          throw new Problem(404, "That is no link to a snippet of this playground.");
        // As high as a live one with its usual panes, side by side: nothing in such a frame says how high it became.
        const [width, height] = [Math.min(maxwidth, 960), Math.min(maxheight, 760)];
        const answer: OEmbed = {
          version: "1.0",
          type: "rich",
          provider_name: "Drydock",
          provider_url: origin,
          title: snippet.title,
          html: `<iframe src="${origin}/embed/${id}" width="${width}" height="${height}" loading="lazy" title="Drydock snippet" style="border:0"></iframe>`,
          width,
          height,
          thumbnail_url: `${origin}/s/${id}/preview.png`,
          thumbnail_width: 1200,
          thumbnail_height: 630,
        };
        sendJson(response, 200, answer);
      },
    },
  ];
}
