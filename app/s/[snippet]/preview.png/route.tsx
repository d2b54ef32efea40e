import { ImageResponse } from "next/og";
import { SnippetPicture } from "../../../components/snippet/snippet-picture.tsx";
import { messages } from "../../../lib/messages.ts";
import { snippetCard } from "../../../lib/snippet-card.ts";

/** Pictures that were drawn: a snippet never changes. The latest. */
const drawn = new Map<string, Promise<ArrayBuffer>>();
const mostDrawn = 100;

export async function GET(): Promise<Response> {
  const card = await snippetCard();
  if (card === undefined) return Response.json({ message: messages.snippet.missing }, { status: 404 });
  let picture = drawn.get(card.id);
  if (picture === undefined) {
    picture = new ImageResponse(<SnippetPicture card={card} />, { width: 1200, height: 630 }).arrayBuffer();
    drawn.set(card.id, picture);
    const [oldest] = drawn.keys();
    if (drawn.size > mostDrawn && oldest !== undefined) drawn.delete(oldest);
    picture.catch(() => drawn.delete(card.id));
  }
  return new Response(await picture, {
    headers: { "content-type": "image/png", "cache-control": "public, max-age=86400, immutable" },
  });
}
