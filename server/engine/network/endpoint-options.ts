import { existsSync, writeFileSync } from "node:fs";
import { InvalidArgument, messageOf, Unknown } from "../errdefs/errors.ts";

/** What an endpoint's driver options mean (Engine API 1.48, EndpointSettings.DriverOpts). */
export interface EndpointOptions {
  /** the interface's name in the container; undefined: `eth0`, ... */
  interface: string | undefined;
  /** paths beneath /proc/sys, with `IFNAME` for the interface, and what is written there */
  sysctls: { path: string; value: string }[];
}

const names = { interface: "com.docker.network.endpoint.ifname", sysctls: "com.docker.network.endpoint.sysctls" };

/** @throws InvalidArgument in dockerd's words (moby, daemon/container_operations.go, validateEndpointSettings) */
export function endpointOptions(options: Readonly<Record<string, string>> = {}): EndpointOptions {
  const name = options[names.interface];
  if (name !== undefined && !/^(?!\.{1,2}$)[^/\s:]{1,15}$/.test(name)) {
    throw new InvalidArgument(
      `invalid interface name ${JSON.stringify(name)}: at most 15 bytes without spaces and slashes`,
    );
  }
  const sysctls = options[names.sysctls];
  return { interface: name, sysctls: sysctls === undefined ? [] : sysctls.split(",").map(sysctl) };
}

/** Settings that are asked for, by name: `net.ipv4.conf.IFNAME.rp_filter`; not what is none. */
export function interfaceSysctls(options: Readonly<Record<string, string>> = {}): string[] {
  const asked = (options[names.sysctls] ?? "").split(",").map((text) => text.split("=", 1)[0] ?? "");
  return asked.filter((name) => setting.test(name));
}

const setting = /^net\.(?:ipv4|ipv6|mpls)\.(?:[a-z]\w*)\.(?:IFNAME|ifname)\.([a-z]\w*)$/;

function sysctl(text: string): { path: string; value: string } {
  const [name = "", value] = text.split(/=(.*)/s);
  if (!setting.test(name) || value === undefined) {
    throw new InvalidArgument(
      `invalid endpoint settings:\nunrecognised network interface sysctl '${text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
  }
  return { path: name.replace(/ifname/, "IFNAME").replaceAll(".", "/"), value };
}

/** To be called in the container's network namespace, where they are its own. @throws Unknown */
export function writeSysctls(sysctls: EndpointOptions["sysctls"], device: string): void {
  for (const { path, value } of sysctls) {
    const file = `/proc/sys/${path.replace("IFNAME", device)}`;
    if (!existsSync(file)) {
      throw new Unknown(
        `failed to set ${path.replaceAll("/", ".").replace("IFNAME", device)}: there is no such setting`,
      );
    }
    try {
      writeFileSync(file, value);
    } catch (error) {
      throw new Unknown(`failed to set ${path.replaceAll("/", ".").replace("IFNAME", device)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
