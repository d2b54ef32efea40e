import { isIP, SocketAddress } from "node:net";

/** A TCP port at one address: what a policy's rule `privateHosts` opens though it is of a private network. */
export interface PrivateHost {
  address: string;
  port: number;
}

/** In the rule `privateHosts`: where the machine's own apt, npm and pip get packages from. */
export const packageSources = "package-sources";

/** `10.0.0.5:3142` or `[fd00::5]:3142`; undefined for anything else, names among it: whom they lead to may change. */
export function parsePrivateHost(text: string): PrivateHost | undefined {
  const [, six, four, digits] = /^(?:\[([\da-f:]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const address = six ?? four ?? "";
  const port = Number(digits);
  const isAddress = isIP(address) === (six === undefined ? 4 : 6);
  return isAddress && port > 0 && port <= 65_535 ? { address: written(address), port } : undefined;
}

export function formatPrivateHost({ address, port }: PrivateHost): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function samePrivateHost(one: PrivateHost, other: PrivateHost): boolean {
  return one.port === other.port && written(one.address) === written(other.address);
}

/** An address has one spelling. */
function written(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 4 ? "ipv4" : "ipv6" }).address;
}
