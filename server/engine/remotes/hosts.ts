import { BlockList, isIP } from "node:net";
import { overlaps, parseCidr } from "../network/cidr.ts";
import { type AddressRule, anyAddress } from "../network/address-rule.ts";
import { isListed } from "../network/public-address.ts";
import { defaultDomain } from "../reference/reference.ts";

export const hubHost = "registry-1.docker.io";

/** What the operator says of registries. */
export interface RegistrySettings {
  /** `host`, `host:port` or a block of addresses: plain HTTP or any certificate is taken, and every tenant may reach it */
  insecure?: readonly string[];
  /** `host` or `host:port` that every tenant may reach although it is on a private network */
  trusted?: readonly string[];
  /** asked for Docker Hub's images before itself, in this order; every tenant may reach them */
  mirrors?: readonly URL[];
}

const local = new BlockList();
local.addSubnet("127.0.0.0", 8, "ipv4");
local.addAddress("::1", "ipv6");

/** The host that serves a reference's domain: Docker Hub's is not its name. */
export function registryHost(domain: string): string {
  return domain === defaultDomain ? hubHost : domain;
}

/** True for `localhost` and loopback addresses, with or without port: these may speak plain HTTP. */
export function isLoopbackHost(host: string): boolean {
  const name = hostname(host);
  return name === "localhost" || name.endsWith(".localhost") || isListed(local, name);
}

/** True if plain HTTP is tried: loopback, and what the operator listed. */
export function isInsecure(host: string, settings: RegistrySettings): boolean {
  return isLoopbackHost(host) || lists(settings.insecure, host);
}

/** As its own rule has it, unless the operator listed the registry `host`. */
export function registryAddresses(host: string, settings: RegistrySettings, own: AddressRule): AddressRule {
  return isListedRegistry(host, settings) ? anyAddress : own;
}

/** The operator has said that every tenant may reach it. */
export function isListedRegistry(host: string, settings: RegistrySettings): boolean {
  return lists(settings.insecure, host) || lists(settings.trusted, host);
}

function lists(list: readonly string[] | undefined, host: string): boolean {
  const name = hostname(host);
  return list?.some((item) => item === host || item === name || blockHas(item, name)) ?? false;
}

/** Whether `item` is a block of addresses (`10.1.0.0/16`) and `name` an address of it. */
function blockHas(item: string, name: string): boolean {
  const block = parseCidr(item);
  const address = parseCidr(`${name}/${isIP(name) === 6 ? 128 : 32}`);
  return block !== undefined && address !== undefined && overlaps(block, address);
}

function hostname(host: string): string {
  return host.replace(/:[0-9]+$/, "").replace(/^\[|\]$/g, "");
}
