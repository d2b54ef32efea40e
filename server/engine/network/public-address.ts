import { BlockList, isIP } from "node:net";
import os from "node:os";

/** Blocks that are not of the public Internet (IANA special-purpose address registries). */
export const privateBlocks = {
  4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
  ],
  6: ["::/127", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"],
} as const;

const notPublic = new BlockList();
for (const family of [4, 6] as const) {
  for (const block of privateBlocks[family]) {
    const [network = "", bits] = block.split("/");
    notPublic.addSubnet(network, Number(bits), `ipv${family}`);
  }
}

const oneself = new BlockList();
for (const block of ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10"]) {
  const [network = "", bits] = block.split("/");
  oneself.addSubnet(network, Number(bits), block.includes(":") ? "ipv6" : "ipv4");
}

/** Whether `address` is one, and in the list. IPv4 addresses in IPv6 clothes count as what they are. */
export function isListed(list: BlockList, address: string): boolean {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Whether a learner may be sent to `address`: it is an address, and neither of this machine nor of a network that is not
 * the Internet.
 */
export function isPublicAddress(address: string): boolean {
  return isIP(address) !== 0 && !isListed(notPublic, address) && !isListed(ownAddresses(), address);
}

/** Whether `address` is this machine itself, or of one link only. */
export function isOwnAddress(address: string): boolean {
  return isListed(oneself, address) || isListed(ownAddresses(), address);
}

/** What this machine is reached by now, also where that is of the Internet: its services trust what comes from itself. */
function ownAddresses(): BlockList {
  const own = new BlockList();
  for (const { address, family } of Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])) {
    own.addAddress(address, family === "IPv4" ? "ipv4" : "ipv6");
  }
  return own;
}
