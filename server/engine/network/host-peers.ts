import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { parse } from "./listening.ts";

const established = 0x01;

/**
 * IPv4 addresses that the machine itself has TCP connections with now: whoever administers it, its database, its mirror. The way
 * there may be the default route alone, so that a network of the same addresses would hide them.
 * @param isOurs devices whose connections do not count: with containers
 */
export function hostPeers(isOurs: (device: string) => boolean, directory = "/proc/thread-self/net"): string[] {
  const own = new Set(
    Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) =>
      isOurs(device) ? [] : addresses.filter(({ internal }) => !internal).map(({ address }) => address),
    ),
  );
  const connections = ["tcp", "tcp6"].flatMap((file) => [...parse(read(`${directory}/${file}`))]);
  const peers = connections
    .filter(({ state, address, peer }) => state === established && own.has(address) && isIPv4(peer))
    .map(({ peer }) => peer);
  return [...new Set(peers)];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""; // a kernel without IPv6
    throw error;
  }
}
