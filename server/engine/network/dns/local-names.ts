import { addressBytes } from "../cidr.ts";
import { type Answer, addressOfPtr, encodeName, type Question, rcodes, recordTypes } from "./codec.ts";

export interface NamedEndpoint {
  ipv4: string;
  ipv6: string;
  names: readonly string[];
}

/** One network as a sandbox on it sees it. */
export interface VisibleNetwork {
  name: string;
  /** true: it may look up names here (user-defined networks); else only its own links count */
  named: boolean;
  contains(address: string): boolean;
  /** addresses as text; empty: none of that family */
  endpoints: readonly NamedEndpoint[];
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
  const found = networks.flatMap((network) => lookUp(question.name, network));
  if (found.length === 0) {
    return undefined;
  }
  const any = question.type === recordTypes.ANY;
  const addresses = new Set([
    ...(any || question.type === recordTypes.A ? found.map(({ ipv4 }) => ipv4) : []),
    ...(any || question.type === recordTypes.AAAA ? found.map(({ ipv6 }) => ipv6) : []),
  ]);
  addresses.delete("");
  return { rcode: rcodes.NOERROR, answers: shuffled([...addresses]).map(addressRecord) };
}

function addressRecord(address: string): Answer {
  const data = addressBytes(address);
  return { type: data.length === 4 ? recordTypes.A : recordTypes.AAAA, ttl, data };
}

function lookUp(name: string, network: VisibleNetwork): NamedEndpoint[] {
  const suffix = `.${network.name.toLowerCase()}`;
  const short = name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined;
  const links = Object.entries(network.links).map(([alias, target]) => [alias.toLowerCase(), target.toLowerCase()]);
  const linked = links.find(([alias]) => alias === name || alias === short)?.[1];
  return network.endpoints.filter((endpoint) =>
    endpoint.names.some((candidate) => {
      const known = candidate.toLowerCase();
      return known === linked || (network.named && (known === name || known === short));
    }),
  );
}

function reverse(
  address: string,
  networks: readonly VisibleNetwork[],
): { rcode: number; answers: Answer[] } | undefined {
  for (const network of networks.filter((candidate) => candidate.contains(address))) {
    const name = network.endpoints.find(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address)?.names[0];
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
