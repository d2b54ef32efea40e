import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const settings = "/proc/sys/net/ipv6/conf";
const forwarding = join(settings, "all/forwarding");

/** For a bridge that is to have IPv6 addresses. @throws where the kernel has no IPv6 */
export function enableIPv6(bridge: string): void {
  writeFileSync(join(settings, bridge, "disable_ipv6"), "0");
}

/**
 * Lets packets of IPv6 through. A machine that forwards does not listen to routers any more unless its devices are told
 * to (accept_ra=2, ip-sysctl): it must keep the address and the route that it has of them.
 * @returns the devices that were told; undefined when it was on already
 */
export function forwardIPv6(): string[] | undefined {
  if (readFileSync(forwarding, "utf8").trim() === "1") {
    return undefined;
  }
  const told = readdirSync(settings).filter((device) => {
    const path = join(settings, device, "accept_ra");
    const listens = readFileSync(path, "utf8").trim() === "1";
    if (listens) writeFileSync(path, "2");
    return listens;
  });
  writeFileSync(forwarding, "1");
  return told;
}

/** Undoes `forwardIPv6`. */
export function stopForwardingIPv6(told: readonly string[]): void {
  writeFileSync(forwarding, "0");
  for (const device of told) {
    const path = join(settings, device, "accept_ra");
    if (existsSync(path)) writeFileSync(path, "1");
  }
}
