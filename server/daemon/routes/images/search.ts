import { z } from "zod";
import { InvalidArgument, isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import { isLoopbackHost } from "../../../engine/remotes/hosts.ts";
import type { UrlContent } from "../../../engine/remotes/url-source.ts";
import { check, readBody } from "../../http/body.ts";
import { json } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { Filters } from "../../translate/filters.ts";
import type { SharedServices } from "../services.ts";

const defaultLimit = 25;
const maxLimit = 100;
const maxAnswer = 4 << 20;

const answerSchema = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        description: z.string().nullish(),
        star_count: z.number().nullish(),
        is_official: z.boolean().nullish(),
        is_automated: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

/** `docker search`: Docker Hub's index, or the one that the term's first part names (registry v1 API, Search). */
export function searchRoutes(services: Pick<SharedServices, "urls">): Route[] {
  return [route("GET", "/images/search", async (call) => json(await search(call, services)))];
}

async function search({ query, signal }: Call, { urls }: Pick<SharedServices, "urls">): Promise<object[]> {
  const filters = Filters.parse(query, ["is-automated", "is-official", "stars"]);
  const limit = query.int("limit") || defaultLimit;
  if (limit < 1 || limit > maxLimit) {
    throw new InvalidArgument(`Limit ${limit} is outside the range of [1, ${maxLimit}]`);
  }
  const wanted = wantedOf(filters);
  const url = searchUrl(query.string("term") ?? "", limit);
  let content: UrlContent;
  try {
    content = await urls.open(url, signal);
  } catch (error) {
    throw isEngineError(error, "unavailable", "not_found") ? new Unknown(error.message, { cause: error }) : error;
  }
  const text = (await readBody(content, maxAnswer)).toString();
  const { results } = check(answerSchema, parsed(text, url));
  return (results ?? [])
    .map((result) => ({
      star_count: result.star_count ?? 0,
      is_official: result.is_official ?? false,
      name: result.name,
      is_automated: result.is_automated ?? false,
      description: result.description ?? "",
    }))
    .filter(wanted);
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Unknown(`${url} does not answer as an index: its answer is not JSON`, { cause: error });
  }
}

/** `localhost:5000/app` is searched there; all else at Docker Hub. */
function searchUrl(term: string, limit: number): string {
  const [first = "", ...rest] = term.split("/");
  const own = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const index = own ? `${isLoopbackHost(first) ? "http" : "https"}://${first}/v1/` : "https://index.docker.io/v1/";
  const name = own ? rest.join("/") : term.replace(/^library\//, "");
  return `${index}search?q=${encodeURIComponent(name)}&n=${limit}`;
}

function wantedOf(
  filters: Filters,
): (result: { star_count: number; is_official: boolean; is_automated: boolean }) => boolean {
  const official = filters.bool("is-official");
  const automated = filters.bool("is-automated");
  const stars = filters.get("stars").map((text) => {
    if (!/^\d{1,9}$/.test(text)) {
      throw new InvalidArgument(`Invalid filter 'stars=${text}'`);
    }
    return Number(text);
  });
  return (result) =>
    (official === undefined || result.is_official === official) &&
    (automated === undefined || result.is_automated === automated) &&
    stars.every((least) => result.star_count >= least);
}
