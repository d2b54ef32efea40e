import { type Answer, addressOfPtr, encodeName, type Question, rcodes, recordTypes } from "./codec.ts";

/** One network as a sandbox on it sees it. */
export interface VisibleNetwork {
  name: string;
  /** true: it may look up names here (user-defined networks); else only its own links count */
  named: boolean;
  contains(address: string): boolean;
  endpoints: readonly { ipv4: string; names: readonly string[] }[];
  /** this sandbox's own: alias → name of an endpoint */
  links: Readonly<Record<string, string>>;
}

const ttl = 600;

/**
 * What the engine itself knows about a question asked by one sandbox: names and aliases of the endpoints on its
 * networks, each also as `<name>.<network>`, its links, and the reverse of the addresses there.
 *
 * A known name has no record of other types (NOERROR and nothing), as with Docker. Undefined: ask elsewhere.
 */
export function answerLocally(
  question: Question,
  networks: readonly VisibleNetwork[],
): { rcode: number; answers: Answer[] } | undefined {
  const address = addressOfPtr(question.name);
  if (address !== undefined) {
    return question.type === recordTypes.PTR ? reverse(address, networks) : undefined;
  }
  const addresses = new Set(networks.flatMap((network) => lookUp(question.name, network)));
  if (addresses.size === 0) {
    return undefined;
  }
  const wanted = question.type === recordTypes.A || question.type === recordTypes.ANY;
  return {
    rcode: rcodes.NOERROR,
    answers: wanted
      ? shuffled([...addresses]).map((found) => ({
          type: recordTypes.A,
          ttl,
          data: Uint8Array.from(found.split("."), Number),
        }))
      : [],
  };
}

function lookUp(name: string, network: VisibleNetwork): string[] {
  const suffix = `.${network.name.toLowerCase()}`;
  const short = name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined;
  const links = Object.entries(network.links).map(([alias, target]) => [alias.toLowerCase(), target.toLowerCase()]);
  const linked = links.find(([alias]) => alias === name || alias === short)?.[1];
  return network.endpoints.flatMap((endpoint) =>
    endpoint.names.some((candidate) => {
      const known = candidate.toLowerCase();
      return known === linked || (network.named && (known === name || known === short));
    })
      ? [endpoint.ipv4]
      : [],
  );
}

function reverse(
  address: string,
  networks: readonly VisibleNetwork[],
): { rcode: number; answers: Answer[] } | undefined {
  for (const network of networks.filter((candidate) => candidate.contains(address))) {
    const name = network.endpoints.find((endpoint) => endpoint.ipv4 === address)?.names[0];
    const data = name === undefined || !network.named ? undefined : encodeName(`${name}.${network.name}`);
    return data === undefined
      ? { rcode: rcodes.NXDOMAIN, answers: [] }
      : { rcode: rcodes.NOERROR, answers: [{ type: recordTypes.PTR, ttl, data }] };
  }
  return undefined;
}

/** So that several containers under one alias share the load. */
function shuffled<T>(list: T[]): T[] {
  return list
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
