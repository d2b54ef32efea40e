import { NotFound } from "../errdefs/errors.ts";

/** One more line of /etc/hosts. */
export interface HostEntry {
  address: string;
  names: string[];
}

/** `name:address` or `name=address`; `host-gateway` is the machine: seen from the container's first network, or as configured. */
export function extraHost(entry: string, gateways: readonly string[]): HostEntry[] {
  const match = /^([^:=\r\n]+)[:=]\[?([^\]\s]+)\]?$/.exec(entry);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new NotFound(`bad format for add-host: "${entry}"`);
  }
  const name = match[1];
  const addresses = match[2] === "host-gateway" ? gateways : [match[2]];
  return addresses.map((address) => ({ address, names: [name] }));
}
