import { z } from "zod";
import { InvalidArgument, isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import { isLoopbackHost } from "../../../engine/remotes/hosts.ts";
import { answeredStatus, type UrlContent } from "../../../engine/remotes/url-source.ts";
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
  const { host, name } = termOf(query.string("term") ?? "");
  const index = host === undefined ? "https://index.docker.io/v1/" : await indexOf(host, urls, signal);
  const url = `${index}search?q=${encodeURIComponent(name)}&n=${limit}`;
  let content: UrlContent;
  try {
    content = await urls.open(url, signal);
  } catch (error) {
    const status = answeredStatus(error);
    throw status !== undefined
      ? new Unknown(`Unexpected status code ${status}`, { cause: error })
      : isEngineError(error, "unavailable")
        ? new Unknown(error.message, { cause: error })
        : error;
  }
  const text = (await readBody(content, maxAnswer)).toString();
  const { results } = check(answerSchema, parsed(text, url));
  return (results ?? [])
    .map((result) => ({
      star_count: result.star_count ?? 0,
      is_official: result.is_official ?? false,
      name: result.name,
      is_automated: false, // Docker Hub has given it up: dockerd says so of all since API 1.44
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
function termOf(term: string): { host: string | undefined; name: string } {
  const [first = "", ...rest] = term.split("/");
  const own = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return own ? { host: first, name: rest.join("/") } : { host: undefined, name: term.replace(/^library\//, "") };
}

/** A registry's index: by TLS if it answers so, else in the clear, on this machine only (moby, registry/endpoint_v1.go). */
async function indexOf(host: string, urls: SharedServices["urls"], signal: AbortSignal): Promise<string> {
  const [https, http] = [`https://${host}/v1/`, `http://${host}/v1/`];
  const refused = await unreachable(https, urls, signal);
  if (refused === undefined) {
    return https;
  }
  if (!isLoopbackHost(host)) {
    throw new Unknown(
      `invalid registry endpoint ${https}: ${refused}. If this private registry supports only HTTP or HTTPS with an ` +
        `unknown CA certificate, please add \`--insecure-registry ${host}\` to the daemon's arguments. In the case of ` +
        "HTTPS, if you have access to the registry's CA certificate, no need for the flag; simply start " +
        "drydockd with NODE_EXTRA_CA_CERTS=FILE, the file of that certificate",
    );
  }
  const refusedToo = await unreachable(http, urls, signal);
  if (refusedToo !== undefined) {
    throw new Unknown(
      `invalid registry endpoint ${JSON.stringify(http)}. HTTPS attempt: ${refused}. HTTP attempt: ${refusedToo}`,
    );
  }
  return http;
}

/** Why an index does not answer; any answer is one. */
async function unreachable(index: string, urls: SharedServices["urls"], signal: AbortSignal) {
  try {
    const { body } = await urls.open(`${index}_ping`, signal);
    body.destroy();
    return undefined;
  } catch (error) {
    if (isEngineError(error, "cancelled", "permission_denied")) {
      throw error;
    }
    return isEngineError(error, "unavailable") ? error.message : undefined;
  }
}

function wantedOf(
  filters: Filters,
): (result: { star_count: number; is_official: boolean; is_automated: boolean }) => boolean {
  const official = filters.bool("is-official");
  const automated = filters.bool("is-automated");
  const stars = filters.get("stars").map((text) => {
    if (!/^[+-]?\d{1,9}$/.test(text)) {
      throw new InvalidArgument(`Invalid filter 'stars=${text}'`);
    }
    return Number(text);
  });
  return (result) =>
    (official === undefined || result.is_official === official) &&
    (automated === undefined || result.is_automated === automated) &&
    stars.every((least) => result.star_count >= least);
}
